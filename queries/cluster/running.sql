/* ---
title = "Running jobs, step by step"
question = "How many jobs, GPUs and cores are in use from one instant to the next?"
reads = ["cluster_job"]
source = "Sum of what starts less what ends, at every instant at which either happens; a job holds its resources from start to end"
key = ["dataset", "trace", "group_name", "resource", "from_us"]
chart = { kind = "table" }
finding = { pick = "width_s DESC, from_us", text = "For {width_s} s nothing starts or ends in {dataset}/{trace}." }

[params.by]
type = "VARCHAR"
default = "none"
choices = ["none", "gpu_model"]
unit = "name"
text = "What groups the jobs."

[params.windows]
type = "BIGINT"
default = 1
unit = "1"
text = "Equal windows of the span; steps end where a window ends."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
group_name = { unit = "name", text = "The group, or all." }
resource = { unit = "name", text = "jobs, gpus, cpus or cpus_norm, which is in units of the largest machine." }
basis = { unit = "name", text = "started, or submitted where no start is published: then jobs are taken to start at once." }
window_index = { unit = "1", text = "Number of the window, from 0." }
from_us = { unit = "us", text = "Start of the step." }
width_s = { unit = "s", text = "Length of the step." }
running = { unit = "1", text = "In use during the step." }
--- */
WITH chosen AS (
    SELECT *
    FROM cluster_job
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
),

bases AS (
    SELECT dataset, trace, CASE WHEN count(started_us) > 0 THEN 'started' ELSE 'submitted' END AS basis
    FROM chosen
    GROUP BY dataset, trace
),

timed AS (
    SELECT
        c.dataset,
        c.trace,
        b.basis,
        CASE WHEN $by = 'gpu_model' THEN c.gpu_model ELSE 'all' END AS group_name,
        CASE WHEN b.basis = 'started' THEN c.started_us ELSE c.submitted_us END AS from_us,
        c.ended_us,
        c.run_s,
        c.gpus,
        c.cpus,
        c.cpus_norm
    FROM chosen AS c
    INNER JOIN bases AS b ON c.dataset = b.dataset AND c.trace = b.trace
),

jobs AS (
    SELECT *, coalesce(CASE WHEN ended_us >= from_us THEN ended_us END, from_us + CAST(round(run_s * 1e6) AS BIGINT)) AS to_us
    FROM timed
    WHERE from_us IS NOT NULL
),

held AS (
    SELECT
        dataset,
        trace,
        basis,
        group_name,
        from_us,
        to_us,
        unnest(['jobs', 'gpus', 'cpus', 'cpus_norm']) AS resource,
        unnest([1, gpus, cpus, cpus_norm]) AS amount
    FROM jobs
    WHERE to_us > from_us
),

taken AS (
    SELECT *
    FROM held
    WHERE amount > 0
),

spans AS (
    SELECT dataset, trace, min(from_us) AS first_us, max(to_us) AS last_us
    FROM taken
    GROUP BY dataset, trace
),

series AS (
    SELECT DISTINCT dataset, trace, basis, group_name, resource
    FROM taken
),

edges AS (
    SELECT
        s.dataset,
        s.trace,
        s.basis,
        s.group_name,
        s.resource,
        p.first_us + CAST(floor((p.last_us - p.first_us) * (e.i / $windows)) AS BIGINT) AS at_us,
        1 AS edge
    FROM series AS s
    INNER JOIN spans AS p ON s.dataset = p.dataset AND s.trace = p.trace
    CROSS JOIN (SELECT unnest(range($windows + 1)) AS i) AS e
),

changes AS (
    SELECT dataset, trace, basis, group_name, resource, from_us AS at_us, amount AS change, 0 AS edge
    FROM taken
    UNION ALL
    SELECT dataset, trace, basis, group_name, resource, to_us AS at_us, -amount AS change, 0 AS edge
    FROM taken
    UNION ALL
    SELECT dataset, trace, basis, group_name, resource, at_us, 0 AS change, edge
    FROM edges
),

-- Millionths, as whole numbers: sums of fractions would not come back to zero, nor be the same in every run.
instants AS (
    SELECT dataset, trace, basis, group_name, resource, at_us, CAST(sum(CAST(round(change * 1000000) AS BIGINT)) AS BIGINT) AS change, max(edge) AS edge
    FROM changes
    GROUP BY dataset, trace, basis, group_name, resource, at_us
),

steps AS (
    SELECT
        dataset,
        trace,
        basis,
        group_name,
        resource,
        at_us,
        lead(at_us) OVER in_order AS to_us,
        sum(change) OVER in_order AS running,
        sum(edge) OVER in_order - 1 AS window_index
    FROM instants
    WINDOW in_order AS (PARTITION BY dataset, trace, group_name, resource ORDER BY at_us)
)

SELECT
    dataset,
    trace,
    group_name,
    resource,
    basis,
    CAST(window_index AS BIGINT) AS window_index,
    at_us AS from_us,
    (to_us - at_us) / 1e6 AS width_s,
    CAST(running AS DOUBLE) / 1000000 AS running
FROM steps
WHERE to_us IS NOT NULL
ORDER BY dataset, trace, group_name, resource, from_us
