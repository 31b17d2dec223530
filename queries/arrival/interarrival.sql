/* ---
title = "Inter-arrival times"
question = "How irregular are the gaps between arrivals?"
reads = ["arrival", "recording"]
source = "Goh and Barabási 2008, EPL 81 48002 (burstiness, memory); population moments, linear quantiles"
key = ["dataset", "trace", "stream"]
chart = { kind = "bar", x = "iat_cv", y = "trace", color = "dataset" }
finding = { pick = "iat_cv DESC NULLS LAST", text = "{dataset}/{trace} has the most irregular arrivals: gaps of {iat_mean_s} s on average with a coefficient of variation of {iat_cv} (Poisson: 1)." }
n = { column = "events" }
extend = { when = "ci", query = "arrival/interarrival_ci", on = ["dataset", "trace", "stream"] }

[params.stream]
type = "VARCHAR"
text = "Only this event stream."
known = "SELECT stream FROM arrival WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)"

[params.ci]
type = "BOOLEAN"
default = false
unit = "bool"
text = "Give block-bootstrap 95 % intervals and the stationarity flag: see arrival/interarrival_ci. A macro leaves them NULL."

[params.seed]
type = "BIGINT"
default = 1
unit = "1"
text = "Seed of the bootstrap."

[params.replicates]
type = "BIGINT"
default = 200
unit = "1"
text = "Bootstrap replicates."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
stream = { unit = "name", text = "Kind of event: llm_request, invocation, cold_start, job." }
events = { unit = "1", text = "Events with an instant." }
events_without_time = { unit = "1", text = "Events whose instant is unknown." }
span_s = { unit = "s", text = "Last minus first arrival." }
rate_per_s = { unit = "1/s", text = "Events per second of span." }
zero_gaps = { unit = "1", text = "Gaps of zero: arrivals that share an instant." }
iat_mean_s = { unit = "s", text = "Mean gap, zeros included." }
iat_cv = { unit = "1", text = "Coefficient of variation of the gaps; 1 for Poisson." }
iat_p50_s = { unit = "s", text = "Median gap." }
iat_p99_s = { unit = "s", text = "99th percentile of the gaps." }
iat_max_s = { unit = "s", text = "Longest gap." }
burstiness = { unit = "1", text = "(sd - mean) / (sd + mean): -1 regular, 0 Poisson, towards 1 bursty." }
memory = { unit = "1", text = "Pearson correlation of consecutive gaps." }
below_resolution = { unit = "bool", text = "Whether the mean gap is shorter than the clock's resolution: the moments then describe the clock." }
iat_cv_low = { unit = "1", text = "Lower end of the block-bootstrap 95 % interval of the coefficient of variation, if asked for." }
iat_cv_high = { unit = "1", text = "Upper end of the block-bootstrap 95 % interval of the coefficient of variation, if asked for." }
iat_mean_low_s = { unit = "s", text = "Lower end of the block-bootstrap 95 % interval of the mean gap, if asked for." }
iat_mean_high_s = { unit = "s", text = "Upper end of the block-bootstrap 95 % interval of the mean gap, if asked for." }
is_stationary = { unit = "bool", text = "Whether the KPSS test on counts in 100 equal parts of the span keeps a constant rate at 5 %, if asked for; NULL below 100 events." }
recorded_s = { unit = "s", text = "Length of what the recording covers, events or none, where its source says so." }
rate_recorded_per_s = { unit = "1/s", text = "Events per second of that." }
--- */
WITH gaps AS (
    SELECT
        dataset,
        trace,
        stream,
        arrived_us,
        arrived_us - lag(arrived_us) OVER in_order AS gap_us,
        lag(arrived_us) OVER in_order - lag(arrived_us, 2) OVER in_order AS gap_before_us
    FROM arrival
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
        AND stream = coalesce($stream, stream)
    WINDOW in_order AS (PARTITION BY dataset, trace, stream, arrived_us IS NULL ORDER BY arrived_us, source_row)
),

moments AS (
    SELECT
        dataset,
        trace,
        stream,
        count(arrived_us) AS events,
        count(*) - count(arrived_us) AS events_without_time,
        (max(arrived_us) - min(arrived_us)) / 1e6 AS span_s,
        count(*) FILTER (WHERE gap_us = 0) AS zero_gaps,
        avg(gap_us) / 1e6 AS mean_s,
        stddev_pop(gap_us) / 1e6 AS sd_s,
        quantile_cont(gap_us, [0.5, 0.99]) AS quantiles_us,
        max(gap_us) / 1e6 AS max_s,
        CASE WHEN stddev_pop(gap_us) > 0 AND count(gap_before_us) > 1 THEN corr(gap_us, gap_before_us) END AS memory
    FROM gaps
    GROUP BY dataset, trace, stream
)

SELECT
    m.dataset,
    m.trace,
    m.stream,
    m.events,
    m.events_without_time,
    m.span_s,
    CASE WHEN m.events > 2 THEN m.events / nullif(m.span_s, 0) END AS rate_per_s,
    m.zero_gaps,
    CASE WHEN m.events > 2 THEN m.mean_s END AS iat_mean_s,
    CASE WHEN m.events > 2 THEN m.sd_s / nullif(m.mean_s, 0) END AS iat_cv,
    CASE WHEN m.events > 2 THEN m.quantiles_us[1] / 1e6 END AS iat_p50_s,
    CASE WHEN m.events > 2 THEN m.quantiles_us[2] / 1e6 END AS iat_p99_s,
    CASE WHEN m.events > 2 THEN m.max_s END AS iat_max_s,
    CASE WHEN m.events > 2 THEN (m.sd_s - m.mean_s) / nullif(m.sd_s + m.mean_s, 0) END AS burstiness,
    CASE WHEN m.events > 2 AND NOT isnan(m.memory) THEN m.memory END AS memory,
    CASE WHEN m.events > 2 THEN m.mean_s < r.resolution_us / 1e6 END AS below_resolution,
    CAST(NULL AS DOUBLE) AS iat_cv_low,
    CAST(NULL AS DOUBLE) AS iat_cv_high,
    CAST(NULL AS DOUBLE) AS iat_mean_low_s,
    CAST(NULL AS DOUBLE) AS iat_mean_high_s,
    CAST(NULL AS BOOLEAN) AS is_stationary,
    (r.extent_end_us - r.extent_start_us) / 1e6 AS recorded_s,
    m.events / nullif((r.extent_end_us - r.extent_start_us) / 1e6, 0) AS rate_recorded_per_s
FROM moments AS m
LEFT JOIN recording AS r ON m.dataset = r.dataset AND m.trace = r.trace
ORDER BY m.dataset, m.trace, m.stream
