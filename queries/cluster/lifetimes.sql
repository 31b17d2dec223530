/* ---
title = "Lifetimes"
question = "How long do virtual machines and jobs live, and which of them hold the cores?"
reads = ["cluster_job"]
uses = ["cluster/jobs"]
source = "Cortez et al. (Resource Central), SOSP 2017: lifetimes by class and their share of core-hours"
chart = { kind = "range", x = "life_p50_s", x2 = "life_p99_s", y = "grp", color = "dataset", log = ["x"] }
finding = { pick = "grp IS NULL, core_hours DESC NULLS LAST", text = "In {dataset}/{trace} half of the {whole} lives ({grp}) are shorter than {life_p50_s} s; {over_day_ratio:.1%} last a day or longer." }
n = "whole"

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

[params.least_s]
type = "DOUBLE"
default = 0
unit = "s"
text = "What a life counts for at least in `hours`: the notebook of Azure's trace of 2017 takes the 300 s of a reading, seen once or not."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
grp = { unit = "name", text = "The group: a range of sizes or a word; NULL where the job has none." }
place = { unit = "1", text = "Order of the groups: by size, or by GPU-hours, core-hours and jobs; NULL for jobs without a group." }
jobs = { unit = "1", text = "Virtual machines or jobs." }
whole = { unit = "1", text = "Those whose lifetime is known." }
life_p50_s = { unit = "s", text = "Median lifetime." }
life_p90_s = { unit = "s", text = "90th percentile of the lifetime." }
life_p99_s = { unit = "s", text = "99th percentile of the lifetime." }
below_hour_ratio = { unit = "ratio", text = "Share that lives less than an hour." }
over_day_ratio = { unit = "ratio", text = "Share that lives a day or longer." }
hours = { unit = "h", text = "Hours lived, together." }
core_hours = { unit = "core-h", text = "Core-hours, together." }
over_day_core_hours_share = { unit = "ratio", text = "Share of the core-hours that those hold which live a day or longer." }
--- */
SELECT
    dataset,
    trace,
    grp,
    place,
    count(*) AS jobs,
    count(run_s) AS whole,
    quantile_cont(run_s, 0.5) AS life_p50_s,
    quantile_cont(run_s, 0.9) AS life_p90_s,
    quantile_cont(run_s, 0.99) AS life_p99_s,
    count(*) FILTER (WHERE run_s < 3600) / count(run_s) AS below_hour_ratio,
    count(*) FILTER (WHERE run_s >= 86400) / count(run_s) AS over_day_ratio,
    sum(CASE WHEN run_s BETWEEN 0 AND $least_s THEN $least_s ELSE run_s END) / 3600 AS hours,
    sum(core_hours) AS core_hours,
    coalesce(sum(core_hours) FILTER (WHERE run_s >= 86400), 0) / nullif(sum(core_hours), 0) AS over_day_core_hours_share
FROM cluster_jobs(p_dataset := $dataset, p_trace := $trace, p_by := $by, p_hardware := $hardware, p_top := $top)
GROUP BY dataset, trace, grp, place
HAVING count(run_s) > 0
ORDER BY dataset, trace, place NULLS LAST
