/* ---
title = "Demand over time"
question = "How much of the cluster do the jobs of the trace hold, over time?"
reads = ["cluster_job", "machine"]
requires = ["cluster_job.submitted_us"]
uses = ["cluster/running", "cluster/_capacities"]
source = "Time-weighted mean and largest demand in equal windows of the span; capacity is what the machines have together"
key = ["dataset", "trace", "group_name", "resource", "from_s"]
chart = { kind = "line", x = "from_s", y = "running_mean", color = "trace" }
finding = { pick = "running_ratio DESC NULLS LAST, running_mean DESC", text = "The fullest window of {dataset}/{trace} holds {running_mean} {resource} on average." }

[params.resource]
type = "VARCHAR"
default = "gpus"
choices = ["gpus", "cpus", "cpus_norm", "jobs"]
unit = "name"
text = "What is counted."

[params.by]
type = "VARCHAR"
default = "none"
choices = ["none", "gpu_model"]
unit = "name"
text = "What groups the jobs."

[params.windows]
type = "BIGINT"
default = 100
unit = "1"
text = "Windows of the span."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
group_name = { unit = "name", text = "The group, or all." }
resource = { unit = "name", text = "gpus, cpus, jobs, or cpus_norm, which is in units of the largest machine." }
from_s = { unit = "s", text = "Start of the window, from the first start of a job." }
width_s = { unit = "s", text = "Length of the window." }
running_mean = { unit = "1", text = "Mean in use, weighted by time." }
running_max = { unit = "1", text = "Most in use." }
capacity = { unit = "1", text = "What the machines have; NULL where no machines are published." }
running_ratio = { unit = "ratio", text = "Mean in use over capacity." }
basis = { unit = "name", text = "started, or submitted where no start is published: then jobs are taken to start at once." }
--- */
WITH steps AS (
    SELECT *
    FROM cluster_running(p_dataset := $dataset, p_trace := $trace, p_by := $by, p_windows := $windows)
    WHERE resource = $resource
),

firsts AS (
    SELECT dataset, trace, min(from_us) AS first_us
    FROM steps
    GROUP BY dataset, trace
),

windows AS (
    SELECT
        dataset,
        trace,
        group_name,
        resource,
        basis,
        window_index,
        min(from_us) AS from_us,
        sum(width_s) AS width_s,
        -- Ordered, so that the sum is the same in every run.
        sum(running * width_s ORDER BY from_us) / sum(width_s ORDER BY from_us) AS running_mean,
        max(running) AS running_max
    FROM steps
    GROUP BY dataset, trace, group_name, resource, basis, window_index
)

SELECT
    w.dataset,
    w.trace,
    w.group_name,
    w.resource,
    (w.from_us - f.first_us) / 1e6 AS from_s,
    w.width_s,
    w.running_mean,
    w.running_max,
    c.capacity,
    w.running_mean / nullif(c.capacity, 0) AS running_ratio,
    w.basis
FROM windows AS w
INNER JOIN firsts AS f ON w.dataset = f.dataset AND w.trace = f.trace
LEFT JOIN _cluster_capacities(p_dataset := $dataset, p_trace := $trace, p_by := $by) AS c
    ON w.dataset = c.dataset AND w.trace = c.trace AND w.group_name = c.group_name AND w.resource = c.resource
ORDER BY w.dataset, w.trace, w.group_name, w.window_index
