/* ---
title = "Failures and retries"
question = "How many jobs fail, what do they cost, and how often are jobs started again?"
reads = ["cluster_job"]
params_from = "cluster/arrivals"
uses = ["cluster/jobs"]
source = "Jeon et al. (Philly), ATC 2019: outcomes and retries by size; ratios over jobs that have ended"
key = ["dataset", "trace", "group_name"]
chart = { kind = "bar", x = "failed_ratio", y = "trace", color = "group_name" }
finding = { pick = "group_name IS NULL, ended = 0, failed_ratio DESC NULLS LAST, ended DESC", text = "In {dataset}/{trace} {failed_ratio:.1%} of the {ended} ended jobs ({group_name}) failed or ran out of time." }
n = { column = "jobs" }

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
group_name = { unit = "name", text = "The group: a range of sizes or a word; NULL where the job has none." }
rank = { unit = "1", text = "Order of the groups: by size, or by GPU-hours, core-hours and jobs; NULL for jobs without a group." }
jobs = { unit = "1", text = "Jobs." }
ended = { unit = "1", text = "Jobs that completed, failed, ran out of time, were cancelled or preempted." }
failed = { unit = "1", text = "Jobs that failed or ran out of time." }
failed_ratio = { unit = "ratio", text = "Share of ended jobs that failed or ran out of time." }
cancelled_ratio = { unit = "ratio", text = "Share of ended jobs that were cancelled." }
preempted_ratio = { unit = "ratio", text = "Share of ended jobs that were preempted." }
failed_gpu_hours_share = { unit = "ratio", text = "Share of the group's GPU-hours that went into jobs that failed or ran out of time." }
failed_run_p50_s = { unit = "s", text = "Median running time of jobs that failed or ran out of time." }
jobs_with_attempts = { unit = "1", text = "Jobs whose attempts are published." }
retried_ratio = { unit = "ratio", text = "Share of those that were started more than once." }
attempts_mean = { unit = "1", text = "Mean attempts." }
attempts_max = { unit = "1", text = "Most attempts of a job." }
--- */
WITH chosen AS (
    SELECT
        *,
        status IN ('failed', 'timeout') AS is_failed,
        status IN ('completed', 'failed', 'timeout', 'cancelled', 'preempted') AS is_ended
    FROM cluster_jobs(p_dataset := $dataset, p_trace := $trace, p_by := $by, p_hardware := $hardware, p_top := $top)
)

SELECT
    dataset,
    trace,
    group_name,
    rank,
    count(*) AS jobs,
    count(*) FILTER (WHERE is_ended) AS ended,
    count(*) FILTER (WHERE is_failed) AS failed,
    count(*) FILTER (WHERE is_failed) / nullif(count(*) FILTER (WHERE is_ended), 0) AS failed_ratio,
    count(*) FILTER (WHERE status = 'cancelled') / nullif(count(*) FILTER (WHERE is_ended), 0) AS cancelled_ratio,
    count(*) FILTER (WHERE status = 'preempted') / nullif(count(*) FILTER (WHERE is_ended), 0) AS preempted_ratio,
    coalesce(sum(gpu_hours) FILTER (WHERE is_failed), 0) / nullif(sum(gpu_hours), 0) AS failed_gpu_hours_share,
    quantile_cont(run_s, 0.5) FILTER (WHERE is_failed) AS failed_run_p50_s,
    count(attempts) AS jobs_with_attempts,
    count(*) FILTER (WHERE attempts > 1) / nullif(count(attempts), 0) AS retried_ratio,
    avg(attempts) AS attempts_mean,
    max(attempts) AS attempts_max
FROM chosen
GROUP BY dataset, trace, group_name, rank
ORDER BY dataset, trace, rank NULLS LAST
