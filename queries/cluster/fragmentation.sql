/* ---
title = "GPU fragmentation"
question = "How many of a cluster's GPUs are of no use to the jobs that it gets, even when it stands empty?"
reads = ["cluster_job", "machine"]
requires = ["cluster_job.gpus", "machine.gpus"]
source = "Weng et al., Beware of Fragmentation (FGD), USENIX ATC 2023: expected GPUs that a job drawn by popularity cannot use; memory is ignored"
key = ["dataset", "trace"]
chart = { kind = "bar", x = "fgd_ratio_empty", y = "trace", color = "dataset" }
finding = { pick = "fgd_ratio_empty DESC NULLS LAST", text = "In the empty cluster of {dataset}/{trace} {fgd_ratio_empty:.1%} of {gpus} GPUs are out of reach for the job that comes next, on average over {task_types} kinds of jobs." }
n = { column = "machines" }

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
machines = { unit = "1", text = "Machines." }
gpus = { unit = "GPUs", text = "GPUs of the machines." }
fgd_ratio_empty = { unit = "ratio", text = "Expected share of the GPUs that a job cannot use, nothing being placed." }
jobs = { unit = "1", text = "Jobs whose GPUs are known." }
task_types = { unit = "1", text = "Distinct requests of CPU, GPU and GPU model." }
no_gpu_ratio = { unit = "ratio", text = "Share of jobs that ask for no GPU: all GPUs are out of their use." }
model_ratio = { unit = "ratio", text = "Share of jobs that name the GPU models they may run on." }
no_machine_ratio = { unit = "ratio", text = "Share of jobs that ask for GPUs and fit on no empty machine." }
--- */
-- Jobs of several nodes are as many pieces of equal size: a machine must hold a piece.
WITH chosen AS (
    SELECT
        dataset,
        trace,
        cpus / greatest(coalesce(nodes, 1), 1) AS cpus,
        gpus / greatest(coalesce(nodes, 1), 1) AS gpus,
        gpu_model
    FROM cluster_job
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace) AND gpus IS NOT NULL
),

types AS (
    SELECT dataset, trace, cpus, gpus, gpu_model, count(*) AS jobs
    FROM chosen
    GROUP BY dataset, trace, cpus, gpus, gpu_model
),

-- Machines of one shape fare alike.
shapes AS (
    SELECT dataset, trace, cpus, gpus, gpu_model, count(*) AS machines
    FROM machine
    WHERE dataset = coalesce($dataset, dataset) AND coalesce(trace = $trace, TRUE)
    GROUP BY dataset, trace, cpus, gpus, gpu_model
),

pairs AS (
    SELECT
        t.dataset,
        t.trace,
        t.cpus AS type_cpus,
        t.gpus AS type_gpus,
        t.gpu_model AS type_model,
        t.jobs,
        s.machines * s.gpus AS gpus,
        -- A part of one GPU needs one GPU.
        t.gpus > 0
        AND s.gpus >= ceil(t.gpus)
        AND coalesce(s.cpus >= t.cpus, TRUE)
        AND (t.gpu_model IS NULL OR coalesce(list_contains(string_split(t.gpu_model, '|'), s.gpu_model), FALSE)) AS is_usable
    FROM types AS t
    INNER JOIN shapes AS s ON t.dataset = s.dataset AND (t.trace = s.trace OR s.trace IS NULL)
    WHERE s.gpus > 0
),

by_type AS (
    SELECT
        dataset,
        trace,
        type_gpus,
        type_model,
        any_value(jobs) AS jobs,
        sum(gpus) AS gpus,
        coalesce(sum(gpus) FILTER (WHERE NOT is_usable), 0) AS useless
    FROM pairs
    GROUP BY dataset, trace, type_cpus, type_gpus, type_model
),

counted AS (
    SELECT t.dataset, t.trace, sum(s.machines) AS machines
    FROM (SELECT DISTINCT dataset, trace FROM types) AS t
    INNER JOIN shapes AS s ON t.dataset = s.dataset AND (t.trace = s.trace OR s.trace IS NULL)
    GROUP BY t.dataset, t.trace
)

SELECT
    b.dataset,
    b.trace,
    CAST(any_value(c.machines) AS BIGINT) AS machines,
    max(b.gpus) AS gpus,
    -- Ordered, so that the sum is the same in every run.
    sum(b.jobs * b.useless ORDER BY b.jobs, b.useless) / (sum(b.jobs) * max(b.gpus)) AS fgd_ratio_empty,
    CAST(sum(b.jobs) AS BIGINT) AS jobs,
    count(*) AS task_types,
    coalesce(sum(b.jobs) FILTER (WHERE b.type_gpus <= 0), 0) / sum(b.jobs) AS no_gpu_ratio,
    coalesce(sum(b.jobs) FILTER (WHERE b.type_model IS NOT NULL), 0) / sum(b.jobs) AS model_ratio,
    coalesce(sum(b.jobs) FILTER (WHERE b.type_gpus > 0 AND b.useless >= b.gpus), 0) / sum(b.jobs) AS no_machine_ratio
FROM by_type AS b
INNER JOIN counted AS c ON b.dataset = c.dataset AND b.trace = c.trace
GROUP BY b.dataset, b.trace
ORDER BY b.dataset, b.trace
