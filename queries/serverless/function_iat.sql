/* ---
title = "Regularity of functions"
question = "Are functions called at regular intervals or in bursts?"
reads = ["function_invocation"]
requires = ["function_invocation.started_us"]
source = "Shahrad et al., ATC 2020 (coefficient of variation of inter-arrival times per application); population deviation over mean, gaps of zero included"
key = ["dataset", "trace"]
chart = { kind = "bar", x = "cv_gt1_share", y = "trace", color = "dataset" }
finding = { pick = "keys DESC", text = "In {dataset}/{trace} half of {keys} have a coefficient of variation of at most {cv_p50}; {cv_gt1_share:.1%} lie above 1." }
n = { column = "keys" }

[params.by]
type = "VARCHAR"
default = "function"
choices = ["function", "app", "user"]
unit = "name"
text = "What is counted; traces that do not name it are left out."

[params.min_gaps]
type = "BIGINT"
default = 2
unit = "1"
text = "Fewest gaps of a function: with one gap there is no deviation."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
keys = { unit = "1", text = "Functions (applications, users) with enough gaps." }
left_out = { unit = "1", text = "Those with fewer, or all at one instant." }
cv_p10 = { unit = "1", text = "10th percentile of the coefficient of variation." }
cv_p50 = { unit = "1", text = "Median of the coefficient of variation." }
cv_p90 = { unit = "1", text = "90th percentile of the coefficient of variation." }
cv_lt01_share = { unit = "ratio", text = "Share of those below 0.1: timers." }
cv_gt1_share = { unit = "ratio", text = "Share of those above 1: burstier than a Poisson process." }
iat_p50_s = { unit = "s", text = "Median of the mean gaps." }
--- */
WITH gaps AS (
    SELECT
        dataset,
        trace,
        CASE $by
            WHEN 'function' THEN coalesce(app_id, '') || '/' || function_id
            WHEN 'app' THEN app_id
            WHEN 'user' THEN user_id
        END AS key,
        (started_us - lag(started_us) OVER (PARTITION BY dataset, trace, key ORDER BY started_us, source_row)) / 1e6 AS gap_s
    FROM function_invocation
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace) AND started_us IS NOT NULL
),

per_key AS (
    SELECT
        dataset,
        trace,
        key,
        avg(gap_s) AS mean_s,
        CASE WHEN count(gap_s) >= max($min_gaps) THEN stddev_pop(gap_s) / nullif(avg(gap_s), 0) END AS cv
    FROM gaps
    WHERE key IS NOT NULL
    GROUP BY dataset, trace, key
)

SELECT
    dataset,
    trace,
    count(cv) AS keys,
    count(*) - count(cv) AS left_out,
    quantile_cont(cv, 0.1) AS cv_p10,
    quantile_cont(cv, 0.5) AS cv_p50,
    quantile_cont(cv, 0.9) AS cv_p90,
    avg(CASE WHEN cv IS NOT NULL THEN CAST(cv < 0.1 AS INTEGER) END) AS cv_lt01_share,
    avg(CASE WHEN cv IS NOT NULL THEN CAST(cv > 1 AS INTEGER) END) AS cv_gt1_share,
    quantile_cont(CASE WHEN cv IS NOT NULL THEN mean_s END, 0.5) AS iat_p50_s
FROM per_key
GROUP BY dataset, trace
HAVING count(cv) > 0
ORDER BY dataset, trace
