/* ---
title = "Lifetimes"
question = "How long do virtual machines and jobs live, and which of them hold the cores?"
reads = ["cluster_job"]
params_from = "cluster/arrivals"
uses = ["cluster/jobs"]
source = "Cortez et al. (Resource Central), SOSP 2017: lifetimes by class and their share of core-hours; median with lives cut off by the end of the recording: Kaplan and Meier 1958"
key = ["dataset", "trace", "group_name"]
chart = { kind = "range", x = "life_p50_s", x2 = "life_p99_s", y = "group_name", color = "dataset", log = ["x"] }
finding = { pick = "group_name IS NULL, whole = 0, core_hours DESC NULLS LAST", text = "In {dataset}/{trace} half of the {whole} lives ({group_name}) are shorter than {life_p50_s} s; {over_day_ratio:.1%} last a day or longer." }
n = { column = "whole" }

[params.least_s]
type = "DOUBLE"
default = 0
unit = "s"
text = "What a life counts for at least in `hours`: the notebook of Azure's trace of 2017 takes the 300 s of a reading, seen once or not."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
group_name = { unit = "name", text = "The group: a range of sizes or a word; NULL where the job has none." }
rank = { unit = "1", text = "Order of the groups: by size, or by GPU-hours, core-hours and jobs; NULL for jobs without a group." }
jobs = { unit = "1", text = "Virtual machines or jobs." }
whole = { unit = "1", text = "Those whose whole life was recorded." }
life_p50_s = { unit = "s", text = "Median of the whole lives." }
life_p90_s = { unit = "s", text = "90th percentile of the whole lives." }
life_p99_s = { unit = "s", text = "99th percentile of the whole lives." }
below_hour_ratio = { unit = "ratio", text = "Share of the whole lives that are shorter than an hour." }
over_day_ratio = { unit = "ratio", text = "Share of the whole lives that last a day or longer." }
hours = { unit = "h", text = "Hours recorded of all of them, cut lives among them." }
core_hours = { unit = "core-h", text = "Core-hours recorded of all of them." }
over_day_core_hours_share = { unit = "ratio", text = "Share of the recorded core-hours that those hold which were recorded for a day or longer." }
left_censored = { unit = "1", text = "Those that were there before the recording began: in no figure of lives." }
right_censored = { unit = "1", text = "Those that were still there when it ended: they are in `life_km_p50_s` with what was recorded of them. Some are left-censored, too." }
life_km_p50_s = { unit = "s", text = "Kaplan-Meier median of the lives that began within the recording; NULL where less than half of them end." }
--- */
WITH jobs AS (
    SELECT
        *,
        coalesce(is_left_censored, FALSE) AS is_left,
        coalesce(is_right_censored, FALSE) AS is_right,
        -- One that is still there has lived up to the last instant of the recording at least.
        coalesce(
            run_s,
            CASE WHEN is_right_censored THEN (max(greatest(started_us, ended_us)) OVER (PARTITION BY dataset, trace) - started_us) / 1e6 END
        ) AS seen_s
    FROM cluster_jobs(p_dataset := $dataset, p_trace := $trace, p_by := $by, p_hardware := $hardware, p_top := $top)
),

-- Kaplan-Meier: at every length at which a life ends, the share of those still under observation that go on.
steps AS (
    SELECT
        dataset,
        trace,
        group_name,
        seen_s,
        count(*) FILTER (WHERE NOT is_right) AS ends,
        sum(count(*)) OVER (PARTITION BY dataset, trace, group_name ORDER BY seen_s DESC) AS at_risk
    FROM jobs
    WHERE NOT is_left AND seen_s IS NOT NULL
    GROUP BY dataset, trace, group_name, seen_s
),

survival AS (
    SELECT
        dataset,
        trace,
        group_name,
        seen_s,
        -- A product, as a sum of logarithms; nobody is left where all end.
        CASE
            WHEN ends = at_risk THEN 0
            ELSE exp(sum(ln(nullif(1 - ends / at_risk, 0))) OVER (PARTITION BY dataset, trace, group_name ORDER BY seen_s))
        END AS alive
    FROM steps
),

medians AS (
    SELECT dataset, trace, group_name, min(seen_s) AS life_km_p50_s
    FROM survival
    -- Half, but for the last digits of the logarithms.
    WHERE alive <= 0.5 + 1e-12
    GROUP BY dataset, trace, group_name
),

groups AS (
    SELECT
        dataset,
        trace,
        group_name,
        rank,
        count(*) AS jobs,
        count(run_s) FILTER (WHERE NOT is_left AND NOT is_right) AS whole,
        quantile_cont(run_s, 0.5) FILTER (WHERE NOT is_left AND NOT is_right) AS life_p50_s,
        quantile_cont(run_s, 0.9) FILTER (WHERE NOT is_left AND NOT is_right) AS life_p90_s,
        quantile_cont(run_s, 0.99) FILTER (WHERE NOT is_left AND NOT is_right) AS life_p99_s,
        count(*) FILTER (WHERE run_s < 3600 AND NOT is_left AND NOT is_right) AS below_hour,
        count(*) FILTER (WHERE run_s >= 86400 AND NOT is_left AND NOT is_right) AS over_day,
        sum(CASE WHEN run_s BETWEEN 0 AND $least_s THEN $least_s ELSE run_s END) / 3600 AS hours,
        sum(core_hours) AS core_hours,
        coalesce(sum(core_hours) FILTER (WHERE run_s >= 86400), 0) AS over_day_core_hours,
        count(*) FILTER (WHERE is_left) AS left_censored,
        count(*) FILTER (WHERE is_right) AS right_censored
    FROM jobs
    GROUP BY dataset, trace, group_name, rank
    HAVING count(seen_s) > 0
)

SELECT
    g.dataset,
    g.trace,
    g.group_name,
    g.rank,
    g.jobs,
    g.whole,
    g.life_p50_s,
    g.life_p90_s,
    g.life_p99_s,
    g.below_hour / nullif(g.whole, 0) AS below_hour_ratio,
    g.over_day / nullif(g.whole, 0) AS over_day_ratio,
    g.hours,
    g.core_hours,
    g.over_day_core_hours / nullif(g.core_hours, 0) AS over_day_core_hours_share,
    g.left_censored,
    g.right_censored,
    m.life_km_p50_s
FROM groups AS g
LEFT JOIN medians AS m ON g.dataset = m.dataset AND g.trace = m.trace AND g.group_name IS NOT DISTINCT FROM m.group_name
ORDER BY g.dataset, g.trace, g.rank NULLS LAST
