/* ---
title = "Invocations"
question = "How many invocations, how long, and how unevenly spread over functions?"
reads = ["function_invocation"]
source = "Shahrad et al., ATC 2020 (popularity, duration)"
chart = { kind = "bar", x = "top1pct_share", y = "trace", color = "dataset" }
finding = { pick = "top1pct_share DESC NULLS LAST", text = "In {dataset}/{trace} the busiest 1 % of {functions} functions take {top1pct_share:.1%} of {invocations} invocations." }
n = "invocations"

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
grain = { unit = "name", text = "event: one row per invocation." }
invocations = { unit = "1", text = "Invocations." }
functions = { unit = "1", text = "Functions, keyed by (app_id, function_id)." }
apps = { unit = "1", text = "Applications." }
duration_mean_s = { unit = "s", text = "Mean execution time." }
duration_p50_s = { unit = "s", text = "Median execution time." }
duration_p99_s = { unit = "s", text = "99th percentile of the execution time." }
zero_durations = { unit = "1", text = "Invocations published with a duration of zero." }
top1_share = { unit = "ratio", text = "Share of the busiest function." }
top1pct_share = { unit = "ratio", text = "Share of the busiest ceil(1 %) of functions." }
--- */
WITH chosen AS (
    SELECT *
    FROM function_invocation
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
),

per_function AS (
    SELECT
        dataset,
        trace,
        app_id,
        function_id,
        count(*) AS n,
        row_number() OVER (PARTITION BY dataset, trace ORDER BY count(*) DESC, app_id, function_id) AS place,
        count(*) OVER (PARTITION BY dataset, trace) AS functions
    FROM chosen
    GROUP BY dataset, trace, app_id, function_id
),

popularity AS (
    SELECT
        dataset,
        trace,
        any_value(functions) AS functions,
        max(n) / sum(n) AS top1_share,
        sum(n) FILTER (WHERE place <= ceil(functions / 100.0)) / sum(n) AS top1pct_share
    FROM per_function
    GROUP BY dataset, trace
),

durations AS (
    SELECT
        dataset,
        trace,
        count(*) AS invocations,
        count(DISTINCT app_id) AS apps,
        avg(duration_s) AS duration_mean_s,
        quantile_cont(duration_s, 0.5) AS duration_p50_s,
        quantile_cont(duration_s, 0.99) AS duration_p99_s,
        count(*) FILTER (WHERE duration_s = 0) AS zero_durations
    FROM chosen
    GROUP BY dataset, trace
)

SELECT
    d.dataset,
    d.trace,
    'event' AS grain,
    d.invocations,
    p.functions,
    d.apps,
    d.duration_mean_s,
    d.duration_p50_s,
    d.duration_p99_s,
    d.zero_durations,
    p.top1_share,
    p.top1pct_share
FROM durations AS d
INNER JOIN popularity AS p ON d.dataset = p.dataset AND d.trace = p.trace
ORDER BY d.dataset, d.trace
