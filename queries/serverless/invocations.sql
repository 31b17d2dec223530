/* ---
title = "Invocations"
question = "How many invocations, how long, and how unevenly spread over functions?"
reads = ["function_invocation", "function_rate"]
uses = ["serverless/_functions"]
requires = ["function_invocation.started_us | function_rate.value"]
source = "Shahrad et al., ATC 2020 (popularity, duration)"
key = ["dataset", "trace", "grain"]
chart = { kind = "bar", x = "top1pct_share", y = "trace", color = "dataset" }
finding = { pick = "CASE WHEN functions >= 10 THEN top1pct_share END DESC NULLS LAST", text = "In {dataset}/{trace} the busiest 1 % of {functions} functions take {top1pct_share:.1%} of {invocations} invocations." }
n = { column = "invocations" }

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
grain = { unit = "name", text = "event: one row per invocation; count: invocations per minute, without durations." }
invocations = { unit = "1", text = "Invocations." }
functions = { unit = "1", text = "Functions with an invocation, keyed by (app_id, function_id)." }
apps = { unit = "1", text = "Applications." }
duration_mean_s = { unit = "s", text = "Mean execution time." }
duration_p50_s = { unit = "s", text = "Median execution time." }
duration_p99_s = { unit = "s", text = "99th percentile of the execution time." }
zero_durations = { unit = "1", text = "Invocations published with a duration of zero." }
top1_share = { unit = "ratio", text = "Share of the busiest function." }
top1pct_share = { unit = "ratio", text = "Share of the busiest ceil(1 %) of functions." }
top10pct_share = { unit = "ratio", text = "Share of the busiest ceil(10 %) of functions." }
--- */
WITH ranked AS (
    SELECT
        dataset,
        trace,
        grain,
        app_id,
        CAST(invocations AS BIGINT) AS n,
        row_number() OVER (PARTITION BY dataset, trace, grain ORDER BY CAST(invocations AS BIGINT) DESC, app_id, function_id) AS rank,
        count(*) OVER (PARTITION BY dataset, trace, grain) AS functions
    FROM _serverless_functions(p_dataset := $dataset, p_trace := $trace)
    WHERE invocations > 0
),

popularity AS (
    SELECT
        dataset,
        trace,
        grain,
        CAST(sum(n) AS BIGINT) AS invocations,
        any_value(functions) AS functions,
        count(DISTINCT app_id) AS apps,
        max(n) / sum(n) AS top1_share,
        sum(n) FILTER (WHERE rank <= ceil(functions / 100.0)) / sum(n) AS top1pct_share,
        sum(n) FILTER (WHERE rank <= ceil(functions / 10.0)) / sum(n) AS top10pct_share
    FROM ranked
    GROUP BY dataset, trace, grain
),

durations AS (
    SELECT
        dataset,
        trace,
        'event' AS grain,
        avg(duration_s) AS duration_mean_s,
        quantile_cont(duration_s, [0.5, 0.99]) AS duration_s,
        count(*) FILTER (WHERE duration_s = 0) AS zero_durations
    FROM function_invocation
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
    GROUP BY dataset, trace
)

SELECT
    p.dataset,
    p.trace,
    p.grain,
    p.invocations,
    p.functions,
    p.apps,
    d.duration_mean_s,
    d.duration_s[1] AS duration_p50_s,
    d.duration_s[2] AS duration_p99_s,
    d.zero_durations,
    p.top1_share,
    p.top1pct_share,
    p.top10pct_share
FROM popularity AS p
LEFT JOIN durations AS d ON p.dataset = d.dataset AND p.trace = d.trace AND p.grain = d.grain
ORDER BY p.dataset, p.trace, p.grain
