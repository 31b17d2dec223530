/* ---
title = "Demand against capacity"
question = "Do the jobs of the trace fill the cluster, or are they too few to say how full it was?"
reads = ["cluster_job", "machine"]
requires = ["cluster_job.submitted_us"]
uses = ["cluster/running", "cluster/_capacities"]
source = "SWF utilisation: sum of procs times run time over capacity times makespan; jobs hold what they ask for from start to end"
key = ["dataset", "trace", "group_name", "resource"]
chart = { kind = "range", x = "mean_ratio", x2 = "peak_ratio", y = "trace", color = "resource" }
finding = { pick = "capacity IS NULL, verdict <> 'not a utilisation trace', peak_ratio DESC NULLS LAST", text = "Replayed in time, the jobs of {dataset}/{trace} hold {peak_ratio:.2%} of {capacity} {resource} at most and {mean_ratio:.2%} on average: {verdict}." }

[params.by]
type = "VARCHAR"
default = "none"
choices = ["none", "gpu_model"]
unit = "name"
text = "What groups the jobs."

[params.full_ratio]
type = "DOUBLE"
default = 0.1
unit = "ratio"
text = "A trace whose jobs never hold this much of the capacity is not one of utilisation."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
group_name = { unit = "name", text = "The group, or all." }
resource = { unit = "name", text = "gpus, cpus, jobs, or cpus_norm, which is in units of the largest machine." }
span_s = { unit = "s", text = "First start to last end of a job." }
mean_running = { unit = "1", text = "Mean in use, weighted by time." }
peak_running = { unit = "1", text = "Most in use." }
capacity = { unit = "1", text = "What the machines have; NULL where no machines are published." }
mean_ratio = { unit = "ratio", text = "Mean in use over capacity." }
peak_ratio = { unit = "ratio", text = "Most in use over capacity." }
verdict = { unit = "text", text = "What the trace can be used for." }
basis = { unit = "name", text = "started, or submitted where no start is published: then jobs are taken to start at once." }
--- */
WITH steps AS (
    SELECT *
    FROM cluster_running(p_dataset := $dataset, p_trace := $trace, p_by := $by)
),

totals AS (
    SELECT
        dataset,
        trace,
        group_name,
        resource,
        basis,
        sum(width_s ORDER BY from_us) AS span_s,
        -- Ordered, so that the sum is the same in every run.
        sum(running * width_s ORDER BY from_us) / sum(width_s ORDER BY from_us) AS mean_running,
        max(running) AS peak_running
    FROM steps
    GROUP BY dataset, trace, group_name, resource, basis
)

SELECT
    t.dataset,
    t.trace,
    t.group_name,
    t.resource,
    t.span_s,
    t.mean_running,
    t.peak_running,
    c.capacity,
    t.mean_running / nullif(c.capacity, 0) AS mean_ratio,
    t.peak_running / nullif(c.capacity, 0) AS peak_ratio,
    CASE
        WHEN t.resource = 'jobs' THEN 'a count, not held against a capacity'
        WHEN coalesce(c.capacity, 0) = 0 THEN 'no capacity is published'
        WHEN t.peak_running < $full_ratio * c.capacity THEN 'not a utilisation trace'
        WHEN t.basis = 'submitted' THEN 'demand, not use: no start is published'
        WHEN t.peak_running > c.capacity THEN 'more than the machines have'
        ELSE 'a utilisation trace'
    END AS verdict,
    t.basis
FROM totals AS t
LEFT JOIN _cluster_capacities(p_dataset := $dataset, p_trace := $trace, p_by := $by) AS c
    ON t.dataset = c.dataset AND t.trace = c.trace AND t.group_name = c.group_name AND t.resource = c.resource
ORDER BY t.dataset, t.trace, t.group_name, t.resource
