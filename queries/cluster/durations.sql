/* ---
title = "Durations of jobs"
question = "How long do jobs run?"
reads = ["cluster_job"]
uses = ["cluster/jobs"]
source = "Empirical distribution at the given quantiles, linear; jobs whose running time is unknown are left out"
key = ["dataset", "trace", "group_name", "quantile"]
chart = { kind = "line", x = "run_s", y = "quantile", color = "trace", log = ["x"] }
finding = { pick = "abs(quantile - 0.5), run_s DESC NULLS LAST", text = "Half of the {jobs} jobs of {dataset}/{trace} run for {run_s} s or less." }

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
default = 20
unit = "1"
text = "Groups by word to show, those with the most GPU-hours, then core-hours, then jobs; the rest are one group, (others)."

[params.quantiles]
type = "DOUBLE[]"
default = [0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 1.0]
unit = "ratio"
text = "Points of the distribution."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
group_name = { unit = "name", text = "The group: a range of sizes or a word; NULL where the job has none." }
rank = { unit = "1", text = "Order of the groups: by size, or by GPU-hours, core-hours and jobs; NULL for jobs without a group." }
jobs = { unit = "1", text = "Jobs with a running time." }
quantile = { unit = "ratio", text = "Share of jobs that run this long or less." }
run_s = { unit = "s", text = "Running time." }
jobs_without_run = { unit = "1", text = "Jobs of the group whose running time is unknown, such as those that end before they start." }
--- */
WITH groups AS (
    SELECT dataset, trace, group_name, rank, count(run_s) AS jobs, count(*) - count(run_s) AS jobs_without_run, quantile_cont(run_s, $quantiles) AS runs
    FROM cluster_jobs(p_dataset := $dataset, p_trace := $trace, p_by := $by, p_hardware := $hardware, p_top := $top)
    GROUP BY dataset, trace, group_name, rank
    HAVING count(run_s) > 0
)

SELECT dataset, trace, group_name, rank, jobs, unnest($quantiles) AS quantile, unnest(runs) AS run_s, jobs_without_run
FROM groups
ORDER BY dataset, trace, rank NULLS LAST, quantile
