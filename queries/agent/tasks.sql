/* ---
title = "Agent tasks"
question = "What did each task of an agent take in time and memory?"
reads = ["agent_task", "resource_sample", "tool_call"]
requires = ["agent_task.task_id"]
source = "AgentCgroup, arXiv:2602.09345: last attempt of each task; a reading of 0 B counts; tools that run at once count once"
key = ["dataset", "trace", "task_id"]
chart = { kind = "table" }
finding = { pick = "total_s DESC NULLS LAST, task_id", text = "The longest task of {dataset}/{trace} is {task_id} with {total_s} s." }

[params.min_span_s]
type = "DOUBLE"
default = 60
unit = "s"
text = "A task is valid when its samples span this long."

[params.min_samples]
type = "BIGINT"
default = 10
unit = "1"
text = "A task is valid when it has this many samples."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
task_id = { unit = "id", text = "Task." }
attempt = { unit = "1", text = "Its last attempt." }
model = { unit = "name", text = "Model behind the agent." }
is_valid = { unit = "bool", text = "Whether it was sampled long and often enough; true where a source samples nothing." }
total_s = { unit = "s", text = "Whole time: as published, else set-up and agent, else start to end." }
setup_s = { unit = "s", text = "Time to set up the environment, as published." }
active_s = { unit = "s", text = "Time in which the agent worked: first to last sample of its container, else as published." }
tool_s = { unit = "s", text = "Time in which at least one tool ran." }
tool_calls = { unit = "1", text = "Calls of tools." }
samples = { unit = "1", text = "Samples of memory." }
memory_mean_mb = { unit = "MB", text = "Mean memory over samples." }
memory_peak_mb = { unit = "MB", text = "Most memory." }
memory_rise_mb_per_s = { unit = "MB/s", text = "Fastest rise of memory between two samples." }
--- */
WITH tasks AS (
    SELECT *
    FROM agent_task
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace) AND coalesce(is_last_attempt, TRUE)
),

-- A container is named by its task, or by task and attempt.
containers AS (
    SELECT dataset, trace, task_id, attempt, unnest([task_id, task_id || '/' || attempt]) AS entity_id
    FROM tasks
),

readings AS (
    SELECT
        c.dataset,
        c.trace,
        c.task_id,
        r.sampled_us,
        r.memory_mb,
        lag(r.memory_mb) OVER in_order AS memory_before_mb,
        lag(r.sampled_us) OVER in_order AS before_us
    FROM containers AS c
    INNER JOIN resource_sample AS r ON c.dataset = r.dataset AND c.trace = r.trace AND c.entity_id = r.entity_id
    WINDOW in_order AS (PARTITION BY c.dataset, c.trace, c.task_id ORDER BY r.sampled_us, r.source_row)
),

memory AS (
    SELECT
        dataset,
        trace,
        task_id,
        count(memory_mb) AS samples,
        (max(sampled_us) - min(sampled_us)) / 1e6 AS span_s,
        avg(memory_mb) AS mean_mb,
        max(memory_mb) AS peak_mb,
        max((memory_mb - memory_before_mb) / nullif((sampled_us - before_us) / 1e6, 0)) AS rise_mb_per_s
    FROM readings
    GROUP BY dataset, trace, task_id
),

calls AS (
    SELECT
        t.dataset,
        t.trace,
        t.task_id,
        c.started_us,
        CASE WHEN c.ended_us >= c.started_us THEN c.ended_us END AS ended_us,
        max(CASE WHEN c.ended_us >= c.started_us THEN c.ended_us END) OVER (
            PARTITION BY t.dataset, t.trace, t.task_id
            ORDER BY c.started_us, c.source_row
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS busy_until_us
    FROM tasks AS t
    INNER JOIN tool_call AS c
        ON t.dataset = c.dataset AND t.trace = c.trace AND t.task_id = c.task_id AND coalesce(t.attempt = c.attempt, TRUE)
),

tools AS (
    SELECT
        dataset,
        trace,
        task_id,
        count(*) AS calls,
        sum(greatest(ended_us - greatest(started_us, coalesce(busy_until_us, started_us)), 0)) / 1e6 AS tool_s
    FROM calls
    GROUP BY dataset, trace, task_id
)

SELECT
    t.dataset,
    t.trace,
    t.task_id,
    t.attempt,
    t.model,
    coalesce(m.span_s >= $min_span_s AND m.samples >= $min_samples, NOT bool_or(m.samples > 0) OVER (PARTITION BY t.dataset, t.trace), TRUE) AS is_valid,
    coalesce(t.total_s, t.setup_s + t.agent_s, CASE WHEN NOT t.is_backwards THEN (t.ended_us - t.started_us) / 1e6 END, t.agent_s) AS total_s,
    t.setup_s,
    coalesce(m.span_s, t.agent_s, CASE WHEN NOT t.is_backwards THEN (t.ended_us - t.started_us) / 1e6 END) AS active_s,
    o.tool_s,
    coalesce(o.calls, 0) AS tool_calls,
    coalesce(m.samples, 0) AS samples,
    m.mean_mb AS memory_mean_mb,
    m.peak_mb AS memory_peak_mb,
    m.rise_mb_per_s AS memory_rise_mb_per_s
FROM tasks AS t
LEFT JOIN memory AS m ON t.dataset = m.dataset AND t.trace = m.trace AND t.task_id = m.task_id
LEFT JOIN tools AS o ON t.dataset = o.dataset AND t.trace = o.trace AND t.task_id = o.task_id
ORDER BY t.dataset, t.trace, t.task_id, t.attempt, t.source_row
