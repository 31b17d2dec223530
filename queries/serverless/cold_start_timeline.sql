/* ---
title = "Cold starts over time"
question = "How do number and length of cold starts change over time?"
reads = ["cold_start"]
requires = ["cold_start.total_s | cold_start.init_s"]
source = "Serverless Cold Starts and Where to Find Them, EuroSys 2025 (means per window over time); windows from the trace's zero, those without a cold start make no row"
key = ["dataset", "trace", "component", "at_h"]
chart = { kind = "line", x = "at_h", y = "mean_s", color = "trace" }
finding = { pick = "cold_starts DESC, mean_s DESC NULLS LAST", text = "The busiest window of {dataset}/{trace} begins {at_h} h after zero: {cold_starts} cold starts, {to_mean} times the mean of the windows that have any." }
n = { column = "cold_starts", over = ["dataset", "trace", "at_h"] }

[params.width_s]
type = "DOUBLE"
default = 3600
unit = "s"
text = "Window length."

[params.component]
type = "VARCHAR"
default = "total"
choices = ["total", "pod_allocation", "deploy_code", "deploy_dependency", "scheduling", "init", "all"]
unit = "name"
text = "Which time is averaged; total is the init where a trace has no totals; all gives a row per component."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
component = { unit = "name", text = "total, or a component." }
at_h = { unit = "h", text = "Start of the window, from the trace's zero." }
cold_starts = { unit = "1", text = "Cold starts of the window." }
to_mean = { unit = "1", text = "Cold starts over the mean of the windows that have any." }
mean_s = { unit = "s", text = "Mean time of the window's cold starts." }
functions = { unit = "1", text = "Functions with a cold start." }
--- */
WITH windows AS (
    SELECT
        dataset,
        trace,
        occurred_us // CAST($width_s * 1000000 AS BIGINT) AS i,
        count(*) AS cold_starts,
        count(DISTINCT function_id) AS functions,
        count(total_s) AS totals,
        avg(total_s) AS total,
        avg(pod_allocation_s) AS pod_allocation,
        avg(deploy_code_s) AS deploy_code,
        avg(deploy_dependency_s) AS deploy_dependency,
        avg(scheduling_s) AS scheduling,
        avg(init_s) AS init
    FROM cold_start
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
        AND occurred_us IS NOT NULL
    GROUP BY dataset, trace, i
),

listed AS (
    SELECT
        *,
        sum(totals) OVER (PARTITION BY dataset, trace) = 0 AND $component = 'total' AS is_init_asked,
        cold_starts / avg(cold_starts) OVER (PARTITION BY dataset, trace) AS to_mean,
        unnest(['total', 'pod_allocation', 'deploy_code', 'deploy_dependency', 'scheduling', 'init']) AS component,
        unnest([total, pod_allocation, deploy_code, deploy_dependency, scheduling, init]) AS mean_s
    FROM windows
)

SELECT
    dataset,
    trace,
    component,
    i * $width_s / 3600 AS at_h,
    cold_starts,
    to_mean,
    mean_s,
    functions
FROM listed
WHERE mean_s IS NOT NULL AND ($component IN ('all', component) OR (is_init_asked AND component = 'init'))
ORDER BY dataset, trace, component, at_h
