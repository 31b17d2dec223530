/* ---
title = "Queueing delay"
question = "How long do jobs wait before they start?"
reads = ["cluster_job"]
requires = ["cluster_job.submitted_us", "cluster_job.started_us"]
source = "started - submitted over jobs with both instants; linear quantiles"
key = ["dataset", "trace"]
chart = { kind = "range", x = "wait_p50_s", x2 = "wait_p99_s", y = "trace", color = "dataset", log = ["x"] }
finding = { pick = "wait_p99_s DESC NULLS LAST", text = "In {dataset}/{trace} half of {jobs} jobs start within {wait_p50_s} s; one in a hundred waits longer than {wait_p99_s} s." }
n = { column = "jobs" }

[params.hardware]
type = "VARCHAR"
default = "all"
choices = ["all", "gpu", "cpu"]
unit = "name"
text = "Take jobs with GPUs, jobs without, or all."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
jobs = { unit = "1", text = "Jobs with both instants." }
wait_mean_s = { unit = "s", text = "Mean wait." }
wait_p50_s = { unit = "s", text = "Median wait." }
wait_p95_s = { unit = "s", text = "95th percentile of the wait." }
wait_p99_s = { unit = "s", text = "99th percentile of the wait." }
wait_max_s = { unit = "s", text = "Longest wait." }
zero_ratio = { unit = "ratio", text = "Share of jobs that start at once." }
negative = { unit = "1", text = "Jobs that start before they were submitted: how long they waited is unknown, and they are in no other figure but `jobs`." }
--- */
SELECT
    dataset,
    trace,
    count(*) AS jobs,
    avg(wait_s) AS wait_mean_s,
    quantile_cont(wait_s, 0.5) AS wait_p50_s,
    quantile_cont(wait_s, 0.95) AS wait_p95_s,
    quantile_cont(wait_s, 0.99) AS wait_p99_s,
    max(wait_s) AS wait_max_s,
    count(*) FILTER (WHERE wait_s = 0) / nullif(count(wait_s), 0) AS zero_ratio,
    count(*) FILTER (WHERE lag_s < 0) AS negative
FROM (
    SELECT
        dataset,
        trace,
        (started_us - submitted_us) / 1e6 AS lag_s,
        CASE WHEN started_us >= submitted_us THEN (started_us - submitted_us) / 1e6 END AS wait_s
    FROM cluster_job
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
        AND started_us IS NOT NULL
        AND submitted_us IS NOT NULL
        AND ($hardware = 'all' OR ($hardware = 'gpu' AND gpus > 0) OR ($hardware = 'cpu' AND coalesce(gpus, 0) = 0))
)
GROUP BY dataset, trace
ORDER BY dataset, trace
