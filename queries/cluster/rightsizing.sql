/* ---
title = "Rightsizing"
question = "How many cores would be freed if every machine had the size that it uses?"
reads = ["cluster_job"]
params_from = "cluster/arrivals"
uses = ["cluster/jobs"]
requires = ["cluster_job.cpu_ratio_max"]
source = "Sizes are sold in powers of two: cores are halved as long as the use after it stays at or below the target; one core at least"
key = ["dataset", "trace", "group_name"]
chart = { kind = "bar", x = "freed_core_hours_ratio", y = "trace", color = "group_name" }
finding = { pick = "group_name IS NULL, freed_core_hours_ratio DESC NULLS LAST", text = "In {dataset}/{trace} {smaller_ratio:.1%} of {jobs} machines ({group_name}) could be half their size or less, which frees {freed_core_hours_ratio:.1%} of the core-hours." }
n = { column = "jobs" }

[params.target]
type = "DOUBLE"
default = 0.8
unit = "ratio"
text = "CPU use that a machine may reach after it is made smaller."

[params.statistic]
type = "VARCHAR"
default = "p95"
choices = ["mean", "p95", "max"]
unit = "name"
text = "Which use must fit; max where p95 is not published."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
group_name = { unit = "name", text = "The group: a range of sizes or a word; NULL where the job has none." }
rank = { unit = "1", text = "Order of the groups: by size, or by GPU-hours, core-hours and jobs; NULL for jobs without a group." }
jobs = { unit = "1", text = "Virtual machines or jobs whose cores and CPU use are known." }
use_p50 = { unit = "ratio", text = "Median over machines of the use that must fit." }
smaller_ratio = { unit = "ratio", text = "Share that fits into half the cores or fewer." }
quarter_ratio = { unit = "ratio", text = "Share that fits into a quarter of the cores or fewer." }
freed_cores_ratio = { unit = "ratio", text = "Share of all cores that is freed." }
freed_core_hours_ratio = { unit = "ratio", text = "Share of all core-hours that is freed." }
--- */
WITH used AS (
    SELECT
        *,
        CASE $statistic WHEN 'mean' THEN cpu_ratio_mean WHEN 'p95' THEN coalesce(cpu_ratio_p95, cpu_ratio_max) ELSE cpu_ratio_max END AS use
    FROM cluster_jobs(p_dataset := $dataset, p_trace := $trace, p_by := $by, p_hardware := $hardware, p_top := $top)
    WHERE cpus > 0
),

-- An idle machine keeps a core: below a thousandth of the target its size no longer depends on what it uses.
halved AS (
    SELECT *, greatest(floor(log2($target / greatest(use, $target / 1024))), 0) AS halvings
    FROM used
    WHERE use IS NOT NULL
),

fitted AS (
    SELECT *, least(cpus, greatest(cpus / 2 ** halvings, 1)) AS needed
    FROM halved
)

SELECT
    dataset,
    trace,
    group_name,
    rank,
    count(*) AS jobs,
    quantile_cont(use, 0.5) AS use_p50,
    count(*) FILTER (WHERE needed <= cpus / 2) / count(*) AS smaller_ratio,
    count(*) FILTER (WHERE needed <= cpus / 4) / count(*) AS quarter_ratio,
    1 - sum(needed) / sum(cpus) AS freed_cores_ratio,
    1 - sum(core_hours * needed / cpus) / nullif(sum(core_hours), 0) AS freed_core_hours_ratio
FROM fitted
GROUP BY dataset, trace, group_name, rank
ORDER BY dataset, trace, rank NULLS LAST
