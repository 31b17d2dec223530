/* ---
title = "Correlation of components and number of cold starts"
question = "What goes with long cold starts?"
reads = ["cold_start"]
requires = ["cold_start.total_s"]
source = "Serverless Cold Starts and Where to Find Them, EuroSys 2025, figure 12: Spearman correlation of means per minute, ties at their mean rank; minutes without a cold start are left out"
key = ["dataset", "trace", "against", "component"]
chart = { kind = "heat_map", x = "component", y = "trace", color = "spearman" }
finding = { pick = "CASE WHEN component = 'count' THEN spearman END ASC NULLS LAST", text = "The number of cold starts and their mean time go together least in {dataset}/{trace}: Spearman {spearman} over {windows} windows." }
n = { column = "windows", over = ["dataset", "trace"] }

[params.against]
type = "VARCHAR"
default = "total"
choices = ["total", "pod_allocation", "deploy_code", "deploy_dependency", "scheduling", "count", "all"]
unit = "name"
text = "What is correlated with the components and the count; all gives every pair."

[params.width_s]
type = "DOUBLE"
default = 60
unit = "s"
text = "Window length."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
against = { unit = "name", text = "total, a component, or count: the number of cold starts of the window." }
component = { unit = "name", text = "The other one." }
spearman = { unit = "1", text = "Spearman correlation over the windows; NULL where one of the two is constant." }
windows = { unit = "1", text = "Windows in which both are known." }
--- */
WITH windows AS (
    SELECT
        dataset,
        trace,
        occurred_us // CAST($width_s * 1000000 AS BIGINT) AS i,
        unnest(['total', 'deploy_code', 'deploy_dependency', 'scheduling', 'pod_allocation', 'count']) AS component,
        unnest([
            avg(total_s), avg(deploy_code_s), avg(deploy_dependency_s), avg(scheduling_s), avg(pod_allocation_s),
            CAST(count(*) AS DOUBLE)
        ]) AS value
    FROM cold_start
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
        AND occurred_us IS NOT NULL
    GROUP BY dataset, trace, i
),

ranked AS (
    SELECT
        dataset,
        trace,
        i,
        component,
        rank() OVER (PARTITION BY dataset, trace, component ORDER BY value)
        + (count(*) OVER (PARTITION BY dataset, trace, component, value) - 1) / 2.0 AS rank
    FROM windows
    WHERE value IS NOT NULL
)

SELECT
    a.dataset,
    a.trace,
    a.component AS against,
    b.component,
    CASE WHEN stddev_pop(a.rank) > 0 AND stddev_pop(b.rank) > 0 THEN round(corr(a.rank, b.rank), 10) END AS spearman,
    count(*) AS windows
FROM ranked AS a
INNER JOIN ranked AS b ON a.dataset = b.dataset AND a.trace = b.trace AND a.i = b.i AND a.component != b.component
WHERE $against IN ('all', a.component)
GROUP BY a.dataset, a.trace, a.component, b.component
ORDER BY a.dataset, a.trace, against, component
