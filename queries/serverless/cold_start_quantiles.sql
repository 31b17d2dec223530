/* ---
title = "Distribution of cold-start times"
question = "How long do cold starts take?"
reads = ["cold_start", "function_profile"]
uses = ["serverless/_cold_starts", "serverless/_cold_groups", "serverless/_measured"]
requires = ["cold_start.total_s | cold_start.init_s"]
source = "Serverless Cold Starts and Where to Find Them, EuroSys 2025 (distribution functions of cold starts, their components and their inter-arrival times); linear quantiles"
key = ["dataset", "trace", "group_name", "field", "quantile"]
chart = { kind = "line", x = "value_s", y = "quantile", color = "trace", dash = "group_name", log = ["x"] }
finding = { pick = "CASE WHEN quantile = 0.5 THEN value_s END DESC NULLS LAST", text = "The largest median is that of {dataset}/{trace}: {value_s} s ({field})." }
n = { column = "n", over = ["dataset", "trace", "group_name"] }

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
group_name = { unit = "name", text = "Group, or NULL; (not in function table) where the function is not listed." }
field = { unit = "name", text = "Which time: total, a component or gap; init where total was asked for and the trace has no totals." }
quantile = { unit = "ratio", text = "Share of cold starts that take at most so long." }
value_s = { unit = "s", text = "Time: the quantile, linear between two cold starts." }
n = { unit = "1", text = "Cold starts with the time." }
--- */
WITH known AS (
    SELECT * FROM _serverless_measured(p_dataset := $dataset, p_trace := $trace)
),

keyed AS NOT MATERIALIZED (
    SELECT
        c.dataset,
        c.trace,
        c.function_id,
        c.own,
        c.occurred_us,
        c.source_row,
        CASE $field
            WHEN 'total' THEN CASE WHEN k.has_total THEN c.total_s ELSE c.init_s END
            WHEN 'pod_allocation' THEN c.pod_allocation_s
            WHEN 'deploy_code' THEN c.deploy_code_s
            WHEN 'deploy_dependency' THEN c.deploy_dependency_s
            WHEN 'scheduling' THEN c.scheduling_s
            WHEN 'init' THEN c.init_s
        END AS value_s
    FROM _serverless_cold_starts(p_dataset := $dataset, p_trace := $trace, p_by := $by) AS c
    INNER JOIN known AS k ON c.dataset = k.dataset AND c.trace = k.trace
),

-- Rows carry one small number in group_number of their group.
dictionary AS (
    SELECT * FROM _serverless_cold_groups(p_dataset := $dataset, p_trace := $trace, p_by := $by)
),

timed AS (
    SELECT
        d.group_number,
        k.value_s
    FROM keyed AS k
    INNER JOIN dictionary AS d
        ON
            k.dataset = d.dataset AND k.trace = d.trace
            AND k.function_id IS NOT DISTINCT FROM d.function_id AND k.own IS NOT DISTINCT FROM d.own
    WHERE $field != 'gap'
    UNION ALL
    SELECT
        d.group_number,
        (k.occurred_us - lag(k.occurred_us) OVER (PARTITION BY d.group_number ORDER BY k.occurred_us, k.source_row)) / 1e6 AS value_s
    FROM keyed AS k
    INNER JOIN dictionary AS d
        ON
            k.dataset = d.dataset AND k.trace = d.trace
            AND k.function_id IS NOT DISTINCT FROM d.function_id AND k.own IS NOT DISTINCT FROM d.own
    WHERE $field = 'gap' AND k.occurred_us IS NOT NULL
),

quantiles AS (
    SELECT
        group_number,
        count(*) AS n,
        quantile_cont(value_s, $quantiles) AS found
    FROM timed
    WHERE value_s IS NOT NULL AND (value_s != 0 OR NOT $drop_zeros)
    GROUP BY group_number
),

listed AS (
    SELECT
        group_number,
        n,
        unnest($quantiles) AS quantile,
        unnest(found) AS value_s
    FROM quantiles
)

SELECT
    g.dataset,
    g.trace,
    g.group_name AS group_name,
    CASE WHEN $field = 'total' AND NOT k.has_total THEN 'init' ELSE $field END AS field,
    l.quantile,
    l.value_s,
    l.n
FROM listed AS l
INNER JOIN (SELECT DISTINCT group_number, dataset, trace, group_name FROM dictionary) AS g ON l.group_number = g.group_number
INNER JOIN known AS k ON g.dataset = k.dataset AND g.trace = k.trace
ORDER BY g.dataset, g.trace, g.group_name NULLS FIRST, l.quantile
