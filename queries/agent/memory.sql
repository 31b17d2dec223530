/* ---
title = "Memory of agents"
question = "How far does an agent's peak memory stand above its mean, and how fast does it rise?"
reads = ["agent_task", "resource_sample", "tool_call"]
uses = ["agent/tasks"]
params_from = "agent/tasks"
requires = ["agent_task.task_id", "resource_sample.memory_mb"]
source = "AgentCgroup, arXiv:2602.09345; valid tasks only (60 s and 10 samples by default)"
key = ["dataset", "trace", "task_id"]
chart = { kind = "range", x = "peak_to_mean_p50", x2 = "peak_to_mean_max", y = "trace", color = "dataset" }
finding = { pick = "peak_to_mean_max DESC NULLS LAST", text = "Half of the {valid} valid tasks of {dataset}/{trace} peak at {peak_to_mean_p50} times their mean memory or less; {peak_task} peaks at {peak_to_mean_max} times." }
n = { column = "valid" }

[params.level]
type = "VARCHAR"
default = "trace"
choices = ["trace", "task"]
unit = "name"
text = "All tasks of a trace, or each by itself: where a published extreme comes from."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
task_id = { unit = "id", text = "The task, or NULL where all of the trace are taken." }
tasks = { unit = "1", text = "Tasks that were sampled." }
valid = { unit = "1", text = "Those sampled long and often enough; the columns that follow are over them." }
peak_to_mean_p50 = { unit = "1", text = "Median over tasks of largest over mean memory." }
peak_to_mean_max = { unit = "1", text = "The largest of them." }
peak_task = { unit = "id", text = "The task with the largest." }
memory_peak_mb = { unit = "MB", text = "Most memory of a task." }
used_ratio = { unit = "ratio", text = "Share of memory that is used, on average, where every task is given its own peak." }
used_ratio_of_largest = { unit = "ratio", text = "Share that is used where every task is given the largest peak." }
rise_max_mb_per_s = { unit = "MB/s", text = "Fastest rise of memory between two samples." }
--- */
WITH sampled AS (
    SELECT
        *,
        CASE WHEN $level = 'task' THEN task_id END AS group_name,
        memory_peak_mb / nullif(memory_mean_mb, 0) AS peak_to_mean
    FROM agent_tasks(p_dataset := $dataset, p_trace := $trace, p_min_span_s := $min_span_s, p_min_samples := $min_samples)
    WHERE samples > 0
)

SELECT
    dataset,
    trace,
    group_name AS task_id,
    count(*) AS tasks,
    count(*) FILTER (WHERE is_valid) AS valid,
    quantile_cont(peak_to_mean, 0.5) FILTER (WHERE is_valid) AS peak_to_mean_p50,
    max(peak_to_mean) FILTER (WHERE is_valid) AS peak_to_mean_max,
    arg_max(task_id, peak_to_mean) FILTER (WHERE is_valid) AS peak_task,
    max(memory_peak_mb) FILTER (WHERE is_valid) AS memory_peak_mb,
    sum(memory_mean_mb ORDER BY task_id) FILTER (WHERE is_valid)
    / nullif(sum(memory_peak_mb ORDER BY task_id) FILTER (WHERE is_valid), 0) AS used_ratio,
    avg(memory_mean_mb) FILTER (WHERE is_valid) / nullif(max(memory_peak_mb) FILTER (WHERE is_valid), 0) AS used_ratio_of_largest,
    max(memory_rise_mb_per_s) FILTER (WHERE is_valid) AS rise_max_mb_per_s
FROM sampled
GROUP BY dataset, trace, group_name
ORDER BY dataset, trace, group_name
