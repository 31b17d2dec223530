/* ---
title = "Cold starts by runtime and trigger"
question = "Which runtimes, with which triggers, start slowly?"
reads = ["cold_start", "function_profile"]
uses = ["serverless/_measured"]
requires = ["cold_start.total_s | cold_start.init_s"]
source = "Serverless Cold Starts and Where to Find Them, EuroSys 2025 (by runtime, trigger and size of the pod); exact combinations of triggers as published"
key = ["dataset", "trace", "runtime", "trigger", "size"]
chart = { kind = "heat_map", x = "trigger", y = "runtime", color = "total_p50_s", log = ["color"] }
finding = { pick = "CASE WHEN cold_starts >= 10 THEN total_p50_s END DESC NULLS LAST", text = "Of the groups with ten cold starts the slowest is {runtime} with {trigger} in {dataset}/{trace}: half of its {cold_starts} cold starts take longer than {total_p50_s} s ({field})." }
n = { column = "cold_starts" }

[params.by_size]
type = "BOOLEAN"
default = false
unit = "bool"
text = "Whether small pods (up to 0.4 cores and 256 MB) and large ones are apart."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
runtime = { unit = "name", text = "Language runtime; (not in function table) where the function is not listed." }
trigger = { unit = "name", text = "Triggers as published." }
size = { unit = "name", text = "small, large or all." }
cold_starts = { unit = "1", text = "Cold starts with a positive time." }
cold_starts_share = { unit = "ratio", text = "Share of the trace's cold starts." }
field = { unit = "name", text = "What the times are of: total, or init where the trace has no totals." }
total_mean_s = { unit = "s", text = "Mean cold start." }
total_p50_s = { unit = "s", text = "Median cold start." }
total_p99_s = { unit = "s", text = "99th percentile of the cold start." }
share_of_time = { unit = "ratio", text = "Share of the trace's cold-start time." }
functions = { unit = "1", text = "Functions with a cold start." }
--- */
WITH known AS (
    SELECT * FROM _serverless_measured(p_dataset := $dataset, p_trace := $trace)
),

keyed AS NOT MATERIALIZED (
    SELECT
        c.dataset,
        c.trace,
        function_id,
        runtime,
        trigger,
        CASE
            WHEN NOT $by_size THEN 'all'
            WHEN cpu_cores <= 0.4 AND memory_mb <= 256 THEN 'small'
            WHEN cpu_cores + memory_mb > 0 THEN 'large'
        END AS size,
        CASE WHEN k.has_total THEN c.total_s ELSE c.init_s END AS total_s
    FROM cold_start AS c
    INNER JOIN known AS k ON c.dataset = k.dataset AND c.trace = k.trace
    WHERE CASE WHEN k.has_total THEN c.total_s ELSE c.init_s END > 0
),

profile AS (
    SELECT
        dataset,
        trace,
        function_id,
        min(runtime) AS runtime,
        min(trigger) AS trigger
    FROM function_profile
    GROUP BY dataset, trace, function_id
),

-- Found for the distinct functions, not for every cold start; rows then carry one small number.
dictionary AS (
    SELECT
        *,
        CAST(dense_rank() OVER (ORDER BY dataset, trace, named_runtime, named_trigger, size) AS INTEGER) AS group_number
    FROM (
        SELECT
            k.*,
            coalesce(k.runtime, p.runtime, '(not in function table)') AS named_runtime,
            coalesce(k.trigger, p.trigger, '(not in function table)') AS named_trigger
        FROM (SELECT DISTINCT dataset, trace, function_id, runtime, trigger, size FROM keyed) AS k
        LEFT JOIN profile AS p
            ON k.dataset = p.dataset AND k.function_id = p.function_id AND (k.trace = p.trace OR p.trace IS NULL)
    )
),

totals AS (
    SELECT
        d.group_number,
        count(*) AS cold_starts,
        sum(k.total_s) AS total_s,
        quantile_cont(k.total_s, [0.5, 0.99]) AS total_quantiles_s
    FROM keyed AS k
    INNER JOIN dictionary AS d
        ON
            k.dataset = d.dataset AND k.trace = d.trace AND k.function_id IS NOT DISTINCT FROM d.function_id
            AND k.runtime IS NOT DISTINCT FROM d.runtime AND k.trigger IS NOT DISTINCT FROM d.trigger
            AND k.size IS NOT DISTINCT FROM d.size
    GROUP BY d.group_number
),

named AS (
    SELECT
        group_number,
        dataset,
        trace,
        named_runtime,
        named_trigger,
        size,
        count(DISTINCT function_id) AS functions
    FROM dictionary
    GROUP BY group_number, dataset, trace, named_runtime, named_trigger, size
)

SELECT
    n.dataset,
    n.trace,
    n.named_runtime AS runtime,
    n.named_trigger AS trigger,
    coalesce(n.size, 'unknown') AS size,
    t.cold_starts,
    t.cold_starts / sum(t.cold_starts) OVER (PARTITION BY n.dataset, n.trace) AS cold_starts_share,
    CASE WHEN w.has_total THEN 'total' ELSE 'init' END AS field,
    t.total_s / t.cold_starts AS total_mean_s,
    t.total_quantiles_s[1] AS total_p50_s,
    t.total_quantiles_s[2] AS total_p99_s,
    t.total_s / sum(t.total_s) OVER (PARTITION BY n.dataset, n.trace) AS share_of_time,
    n.functions
FROM totals AS t
INNER JOIN named AS n ON t.group_number = n.group_number
INNER JOIN known AS w ON n.dataset = w.dataset AND n.trace = w.trace
ORDER BY n.dataset, n.trace, n.named_runtime, n.named_trigger, size
