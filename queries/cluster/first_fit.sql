/* ---
title = "First fit, best fit and FGD"
question = "How much of the GPUs can be given away before fragmentation stops it?"
reads = ["cluster_job", "machine"]
requires = ["cluster_job.gpus", "machine.gpus"]
compute = "placement.first_fit"
source = "Jobs by submission, each on a machine with enough cores, memory and GPU; none ends. Rules and fragmentation as in Weng et al., Beware of Fragmentation (FGD), USENIX ATC 2023"
key = ["dataset", "trace"]
chart = { kind = "bar", x = "allocated_ratio", y = "trace", color = "dataset" }
finding = { pick = "allocated_ratio DESC NULLS LAST", text = "{rule} places {placed} of {jobs} jobs of {dataset}/{trace} and gives away {allocated_ratio:.2%} of the GPUs; a job drawn at random cannot use {fgd_ratio_of_free:.1%} of the rest." }
n = { column = "jobs" }

[params.rule]
type = "VARCHAR"
default = "first_fit"
choices = ["first_fit", "best_fit", "fgd"]
unit = "name"
text = "first_fit: the first machine of the file and its first GPUs; best_fit: the machine with least cores and GPUs left, each as a share of the largest machine's; fgd: the machine and GPU where the expected fragmentation grows least. Of equal machines the first."

[params.jobs]
type = "BIGINT"
default = 20000
unit = "1"
text = "At most this many jobs of a trace, in order of submission."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
machines = { unit = "1", text = "Machines." }
jobs = { unit = "1", text = "Jobs that were tried." }
placed = { unit = "1", text = "Jobs that found a place; a job of several nodes is placed whole or not at all." }
jobs_left_out = { unit = "1", text = "Jobs beyond the limit." }
gpus = { unit = "GPUs", text = "GPUs of the machines." }
gpus_asked = { unit = "GPUs", text = "GPUs that the jobs ask for." }
gpus_allocated = { unit = "GPUs", text = "GPUs given away, fractions summed." }
allocated_ratio = { unit = "ratio", text = "Share of the GPUs given away." }
idle_gpus = { unit = "GPUs", text = "GPUs that no job holds a part of." }
fgd_ratio = { unit = "ratio", text = "Expected share of all GPUs that is free and of no use to the next job." }
fgd_ratio_of_free = { unit = "ratio", text = "Expected share of what is free that is of no use to the next job." }
rule = { unit = "name", text = "Rule by which a machine is chosen." }
--- */
WITH traces AS (
    SELECT DISTINCT dataset, trace
    FROM cluster_job
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace) AND gpus IS NOT NULL
),

every_machine AS (
    SELECT
        t.dataset,
        t.trace,
        'machine' AS part,
        m.cpus,
        m.memory_mb,
        m.gpus,
        m.gpu_model,
        CAST(NULL AS BIGINT) AS nodes,
        CAST(NULL AS BIGINT) AS submitted_us,
        m.source_row,
        sum(m.gpus) OVER (PARTITION BY t.dataset, t.trace) AS capacity
    FROM traces AS t
    INNER JOIN machine AS m ON t.dataset = m.dataset AND (t.trace = m.trace OR m.trace IS NULL)
),

machines AS (
    SELECT dataset, trace, part, cpus, memory_mb, gpus, gpu_model, nodes, submitted_us, source_row
    FROM every_machine
    WHERE capacity > 0
)

SELECT dataset, trace, part, cpus, memory_mb, gpus, gpu_model, nodes
FROM (
    SELECT * FROM machines
    UNION ALL
    SELECT j.dataset, j.trace, 'job' AS part, j.cpus, j.memory_mb, j.gpus, j.gpu_model, j.nodes, j.submitted_us, j.source_row
    FROM cluster_job AS j
    INNER JOIN (SELECT DISTINCT dataset, trace FROM machines) AS m ON j.dataset = m.dataset AND j.trace = m.trace
    WHERE j.gpus IS NOT NULL
)
ORDER BY dataset, trace, part DESC, submitted_us, source_row
