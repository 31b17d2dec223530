/* ---
title = "Distribution of cold-start times"
question = "How long do cold starts take?"
reads = ["cold_start", "function_profile"]
requires = ["cold_start.total_s | cold_start.init_s"]
source = "Serverless Cold Starts and Where to Find Them, EuroSys 2025 (distribution functions of cold starts, their components and their inter-arrival times); linear quantiles"
key = ["dataset", "trace", "grp", "field", "quantile"]
chart = { kind = "line", x = "value_s", y = "quantile", color = "trace", dash = "grp", log = ["x"] }
finding = { pick = "CASE WHEN quantile = 0.5 THEN value_s END DESC NULLS LAST", text = "The largest median is that of {dataset}/{trace}: {value_s} s ({field})." }
n = { column = "n", over = ["dataset", "trace", "grp"] }

[params.field]
type = "VARCHAR"
default = "total"
choices = ["total", "gap", "pod_allocation", "deploy_code", "deploy_dependency", "scheduling", "init"]
unit = "name"
text = "Which time: the whole cold start (the init of traces that know no more), a component, or the gap since the cold start before in the same group."

[params.by]
type = "VARCHAR"
default = "none"
choices = ["none", "runtime", "trigger", "cpu_cores", "pool", "size"]
unit = "name"
text = "What to group by; size is small up to 0.4 cores and 256 MB, else large."

[params.drop_zeros]
type = "BOOLEAN"
default = false
unit = "bool"
text = "Whether zeros are left out, as the paper does for dependencies: a function without layers has nothing to deploy."

[params.quantiles]
type = "DOUBLE[]"
default = [0.01, 0.05, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 0.95, 0.99, 0.999]
unit = "ratio"
text = "Quantiles, from 0 to 1."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
grp = { unit = "name", text = "Group, or NULL; (not in function table) where the function is not listed." }
field = { unit = "name", text = "Which time: total, a component or gap; init where total was asked for and the trace has no totals." }
quantile = { unit = "ratio", text = "Share of cold starts that take at most so long." }
value_s = { unit = "s", text = "Time: the quantile, linear between two cold starts." }
n = { unit = "1", text = "Cold starts with the time." }
--- */
WITH known AS (
    SELECT
        dataset,
        trace,
        count(total_s) > 0 AS has_total
    FROM cold_start
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
    GROUP BY dataset, trace
),

keyed AS NOT MATERIALIZED (
    SELECT
        c.dataset,
        c.trace,
        CASE WHEN $by != 'none' THEN function_id END AS function_id,
        CASE $by
            WHEN 'runtime' THEN runtime
            WHEN 'trigger' THEN trigger
            WHEN 'cpu_cores' THEN CAST(cpu_cores AS VARCHAR)
            WHEN 'pool' THEN pool
            WHEN 'size' THEN CASE WHEN cpu_cores <= 0.4 AND memory_mb <= 256 THEN 'small' WHEN cpu_cores + memory_mb > 0 THEN 'large' END
        END AS own,
        occurred_us,
        source_row,
        CASE $field
            WHEN 'total' THEN CASE WHEN k.has_total THEN c.total_s ELSE c.init_s END
            WHEN 'pod_allocation' THEN pod_allocation_s
            WHEN 'deploy_code' THEN deploy_code_s
            WHEN 'deploy_dependency' THEN deploy_dependency_s
            WHEN 'scheduling' THEN scheduling_s
            WHEN 'init' THEN init_s
        END AS value_s
    FROM cold_start AS c
    INNER JOIN known AS k ON c.dataset = k.dataset AND c.trace = k.trace
),

profile AS (
    SELECT
        dataset,
        trace,
        function_id,
        min(CASE $by
            WHEN 'runtime' THEN runtime
            WHEN 'trigger' THEN trigger
            WHEN 'cpu_cores' THEN CAST(cpu_cores AS VARCHAR)
            WHEN 'size' THEN CASE WHEN cpu_cores <= 0.4 AND memory_mb <= 256 THEN 'small' WHEN cpu_cores + memory_mb > 0 THEN 'large' END
        END) AS named
    FROM function_profile
    GROUP BY dataset, trace, function_id
),

-- Groups are found for the distinct functions, not for every cold start; rows then carry one small number.
dictionary AS (
    SELECT
        k.dataset,
        k.trace,
        k.function_id,
        k.own,
        k.grp,
        CAST(dense_rank() OVER (ORDER BY k.dataset, k.trace, k.grp) AS INTEGER) AS place
    FROM (
        SELECT
            k.dataset,
            k.trace,
            k.function_id,
            k.own,
            CASE WHEN $by != 'none' THEN coalesce(k.own, p.named, '(not in function table)') END AS grp
        FROM (SELECT DISTINCT dataset, trace, function_id, own FROM keyed) AS k
        LEFT JOIN profile AS p
            ON k.dataset = p.dataset AND k.function_id = p.function_id AND (k.trace = p.trace OR p.trace IS NULL)
    ) AS k
),

timed AS (
    SELECT
        d.place,
        k.value_s
    FROM keyed AS k
    INNER JOIN dictionary AS d
        ON
            k.dataset = d.dataset AND k.trace = d.trace
            AND k.function_id IS NOT DISTINCT FROM d.function_id AND k.own IS NOT DISTINCT FROM d.own
    WHERE $field != 'gap'
    UNION ALL
    SELECT
        d.place,
        (k.occurred_us - lag(k.occurred_us) OVER (PARTITION BY d.place ORDER BY k.occurred_us, k.source_row)) / 1e6 AS value_s
    FROM keyed AS k
    INNER JOIN dictionary AS d
        ON
            k.dataset = d.dataset AND k.trace = d.trace
            AND k.function_id IS NOT DISTINCT FROM d.function_id AND k.own IS NOT DISTINCT FROM d.own
    WHERE $field = 'gap' AND k.occurred_us IS NOT NULL
),

quantiles AS (
    SELECT
        place,
        count(*) AS n,
        quantile_cont(value_s, $quantiles) AS found
    FROM timed
    WHERE value_s IS NOT NULL AND (value_s != 0 OR NOT $drop_zeros)
    GROUP BY place
),

listed AS (
    SELECT
        place,
        n,
        unnest($quantiles) AS quantile,
        unnest(found) AS value_s
    FROM quantiles
)

SELECT
    g.dataset,
    g.trace,
    g.grp,
    CASE WHEN $field = 'total' AND NOT k.has_total THEN 'init' ELSE $field END AS field,
    l.quantile,
    l.value_s,
    l.n
FROM listed AS l
INNER JOIN (SELECT DISTINCT place, dataset, trace, grp FROM dictionary) AS g ON l.place = g.place
INNER JOIN known AS k ON g.dataset = k.dataset AND g.trace = k.trace
ORDER BY g.dataset, g.trace, g.grp NULLS FIRST, l.quantile
