/* ---
title = "GPU-hours by group"
question = "Which jobs hold the cluster: those of which size, user or queue?"
reads = ["cluster_job"]
uses = ["cluster/jobs"]
params_from = "cluster/jobs"
source = "Hu et al. (Acme), NSDI 2024, and Hu et al. (Helios), SC 2021: jobs and GPU time by size and by user"
key = ["dataset", "trace", "group_name"]
chart = { kind = "stacked_bar", x = "held_share", y = "trace", color = "group_name" }
finding = { pick = "group_name IS NULL, gpu_hours_share IS NULL, held_share DESC NULLS LAST, group_name", text = "In {dataset}/{trace} one group ({group_name}) holds {held_share:.1%} of the cluster's time with {jobs_share:.1%} of the jobs." }
n = { column = "jobs" }

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
group_name = { unit = "name", text = "The group: a range of sizes or a word; NULL where the job has none." }
rank = { unit = "1", text = "Order of the groups: by size, or by GPU-hours, core-hours and jobs; NULL for jobs without a group." }
jobs = { unit = "1", text = "Jobs." }
jobs_share = { unit = "ratio", text = "Share of the trace's jobs." }
gpu_hours = { unit = "GPU-h", text = "GPUs times running time." }
gpu_hours_share = { unit = "ratio", text = "Share of the trace's GPU-hours." }
core_hours = { unit = "core-h", text = "CPU cores times running time." }
core_hours_share = { unit = "ratio", text = "Share of the trace's core-hours." }
held_share = { unit = "ratio", text = "Share of the GPU-hours; of the core-hours where no job of the trace has a GPU." }
gpus_mean = { unit = "GPUs", text = "Mean GPUs of a job." }
run_p50_s = { unit = "s", text = "Median running time." }
jobs_without_run = { unit = "1", text = "Jobs whose running time is unknown, such as those that end before they start; they count as zero hours." }
--- */
WITH totals AS (
    SELECT
        dataset,
        trace,
        group_name,
        rank,
        count(*) AS jobs,
        sum(gpu_hours) AS gpu_hours,
        sum(core_hours) AS core_hours,
        avg(gpus) AS gpus_mean,
        quantile_cont(run_s, 0.5) AS run_p50_s,
        count(*) - count(run_s) AS jobs_without_run
    FROM cluster_jobs(p_dataset := $dataset, p_trace := $trace, p_by := $by, p_hardware := $hardware, p_top := $top)
    GROUP BY dataset, trace, group_name, rank
)

SELECT
    dataset,
    trace,
    group_name,
    rank,
    jobs,
    jobs / sum(jobs) OVER (PARTITION BY dataset, trace) AS jobs_share,
    gpu_hours,
    gpu_hours / nullif(sum(gpu_hours) OVER (PARTITION BY dataset, trace), 0) AS gpu_hours_share,
    core_hours,
    core_hours / nullif(sum(core_hours) OVER (PARTITION BY dataset, trace), 0) AS core_hours_share,
    coalesce(
        gpu_hours / nullif(sum(gpu_hours) OVER (PARTITION BY dataset, trace), 0),
        core_hours / nullif(sum(core_hours) OVER (PARTITION BY dataset, trace), 0)
    ) AS held_share,
    gpus_mean,
    run_p50_s,
    jobs_without_run
FROM totals
ORDER BY dataset, trace, rank NULLS LAST
