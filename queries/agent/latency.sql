/* ---
title = "Latency of agents"
question = "How much of an agent's time goes into tools and the system, and how much waits for the model?"
reads = ["agent_task", "resource_sample", "tool_call"]
uses = ["agent/tasks"]
params_from = "agent/tasks"
requires = ["agent_task.task_id"]
source = "AgentCgroup, arXiv:2602.09345: what is neither tool nor set-up is the model; means over valid tasks of each task's own share"
key = ["dataset", "trace", "part"]
chart = { kind = "stacked_bar", x = "share", y = "trace", color = "part" }
finding = { pick = "part <> 'tools', share DESC NULLS LAST", text = "In {dataset}/{trace} tools take {share:.1%} of a task's time, over {tasks} tasks; the system as a whole {os_ratio:.1%}." }
n = { column = "tasks", over = ["dataset", "trace"] }

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
part = { unit = "name", text = "tools, model, or setup: all that is neither, such as starting the container." }
tasks = { unit = "1", text = "Valid tasks whose times are known." }
part_mean_s = { unit = "s", text = "Mean time of the part." }
share = { unit = "ratio", text = "Mean over tasks of the part's share of the whole time." }
time_share = { unit = "ratio", text = "The part's share of the time of all tasks together." }
os_ratio = { unit = "ratio", text = "Mean share that does not wait for the model: tools and set-up." }
tool_active_ratio = { unit = "ratio", text = "Mean share of the agent's active time in which a tool runs." }
--- */
WITH timed AS (
    SELECT
        dataset,
        trace,
        task_id,
        greatest(total_s, active_s) AS total_s,
        active_s,
        -- A call that outlives the samples cannot take more than all of the time.
        least(coalesce(tool_s, 0), active_s) AS tool_s
    FROM agent_tasks(p_dataset := $dataset, p_trace := $trace, p_min_span_s := $min_span_s, p_min_samples := $min_samples)
    WHERE is_valid AND active_s > 0 AND total_s > 0
),

parts AS (
    SELECT
        *,
        unnest(['tools', 'setup', 'model']) AS part,
        unnest([tool_s, total_s - active_s, active_s - tool_s]) AS part_s
    FROM timed
)

SELECT
    dataset,
    trace,
    part,
    count(*) AS tasks,
    avg(part_s) AS part_mean_s,
    avg(part_s / total_s) AS share,
    sum(part_s) / sum(total_s) AS time_share,
    avg(1 - (active_s - tool_s) / total_s) AS os_ratio,
    avg(tool_s / active_s) AS tool_active_ratio
FROM parts
GROUP BY dataset, trace, part
ORDER BY dataset, trace, part
