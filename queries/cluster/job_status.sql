/* ---
title = "Jobs by outcome"
question = "How do jobs end, and how much GPU time goes with each outcome?"
reads = ["cluster_job"]
source = "Jeon et al. (Philly), ATC 2019 (jobs and GPU time by final status)"
key = ["dataset", "trace", "status"]
chart = { kind = "stacked_bar", x = "gpu_hours_share", y = "trace", color = "status" }
finding = { pick = "status = 'unknown', gpu_hours DESC NULLS LAST, jobs DESC", text = "In {dataset}/{trace} {status} jobs hold {gpu_hours_share:.1%} of the GPU-hours with {jobs_share:.1%} of the jobs." }
n = { column = "jobs" }

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
status = { unit = "name", text = "Outcome, one list of words over all sources." }
jobs = { unit = "1", text = "Jobs." }
jobs_share = { unit = "ratio", text = "Share of the trace's jobs." }
gpu_hours = { unit = "GPU-h", text = "GPUs times running time; the published duration where the instants are unknown." }
gpu_hours_share = { unit = "ratio", text = "Share of the trace's GPU-hours." }
jobs_without_run = { unit = "1", text = "Jobs whose running time is unknown, such as those that end before they start; they count as zero GPU-hours." }
--- */
WITH runs AS (
    SELECT
        dataset,
        trace,
        status,
        coalesce(gpus, 0) AS gpus,
        ran_s AS seconds
    FROM cluster_job
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
),

totals AS (
    SELECT
        dataset,
        trace,
        status,
        count(*) AS jobs,
        coalesce(sum(gpus * seconds), 0) / 3600 AS gpu_hours,
        count(*) FILTER (WHERE seconds IS NULL) AS jobs_without_run
    FROM runs
    GROUP BY dataset, trace, status
)

SELECT
    dataset,
    trace,
    status,
    jobs,
    jobs / sum(jobs) OVER (PARTITION BY dataset, trace) AS jobs_share,
    gpu_hours,
    gpu_hours / nullif(sum(gpu_hours) OVER (PARTITION BY dataset, trace), 0) AS gpu_hours_share,
    jobs_without_run
FROM totals
ORDER BY dataset, trace, jobs DESC, status
