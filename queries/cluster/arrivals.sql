/* ---
title = "Arrivals of jobs by group"
question = "Which streams of jobs arrive in bursts?"
reads = ["cluster_job"]
uses = ["cluster/jobs"]
requires = ["cluster_job.submitted_us"]
source = "Gaps between consecutive submissions of the group; population deviation, zero gaps included"
key = ["dataset", "trace", "group_name"]
chart = { kind = "bar", x = "iat_cv", y = "trace", color = "group_name" }
finding = { pick = "group_name IS NULL, iat_cv DESC NULLS LAST", text = "Most bursty is {dataset}/{trace} ({group_name}): the gaps between its {jobs} jobs have a coefficient of variation of {iat_cv}, and {same_instant_ratio:.1%} of the jobs come at the instant of another." }
n = { column = "jobs" }

[params.by]
type = "VARCHAR"
default = "none"
choices = ["none", "gpus", "cpus", "nodes", "user", "queue", "gpu_model", "job_type", "priority", "status"]
unit = "name"
text = "What groups the jobs; sizes are grouped by powers of two, traces that do not publish it are left out."

[params.hardware]
type = "VARCHAR"
default = "all"
choices = ["all", "gpu", "cpu"]
unit = "name"
text = "Take jobs with GPUs, jobs without, or all."

[params.top]
type = "BIGINT"
default = 5
unit = "1"
text = "Groups by word to show, those with the most GPU-hours, then core-hours, then jobs; the rest are one group, (others)."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
group_name = { unit = "name", text = "The group: a range of sizes or a word; NULL where the job has none." }
rank = { unit = "1", text = "Order of the groups: by size, or by GPU-hours, core-hours and jobs; NULL for jobs without a group." }
jobs = { unit = "1", text = "Jobs with an instant of submission." }
span_s = { unit = "s", text = "First to last submission." }
rate_per_s = { unit = "1/s", text = "Jobs over span." }
iat_mean_s = { unit = "s", text = "Mean gap." }
iat_cv = { unit = "1", text = "Coefficient of variation of the gaps; NULL below three jobs." }
same_instant_ratio = { unit = "ratio", text = "Share of gaps that are zero." }
gpus = { unit = "GPUs", text = "GPUs submitted." }
gpus_max = { unit = "GPUs", text = "GPUs of the largest job." }
--- */
WITH gaps AS (
    SELECT
        dataset,
        trace,
        group_name,
        rank,
        submitted_us,
        gpus,
        (submitted_us - lag(submitted_us) OVER (PARTITION BY dataset, trace, group_name ORDER BY submitted_us, source_row)) / 1e6 AS gap_s
    FROM cluster_jobs(p_dataset := $dataset, p_trace := $trace, p_by := $by, p_hardware := $hardware, p_top := $top)
    WHERE submitted_us IS NOT NULL
)

SELECT
    dataset,
    trace,
    group_name,
    rank,
    count(*) AS jobs,
    (max(submitted_us) - min(submitted_us)) / 1e6 AS span_s,
    count(*) / nullif((max(submitted_us) - min(submitted_us)) / 1e6, 0) AS rate_per_s,
    avg(gap_s) AS iat_mean_s,
    CASE WHEN count(*) >= 3 THEN stddev_pop(gap_s) / nullif(avg(gap_s), 0) END AS iat_cv,
    count(*) FILTER (WHERE gap_s = 0) / nullif(count(gap_s), 0) AS same_instant_ratio,
    sum(gpus) AS gpus,
    max(gpus) AS gpus_max
FROM gaps
GROUP BY dataset, trace, group_name, rank
ORDER BY dataset, trace, rank NULLS LAST
