/* ---
title = "Irregularity of gaps over time"
question = "Does burstiness change over the recording?"
reads = ["arrival", "recording"]
source = "ServeGen, arXiv 2505.09999 (coefficient of variation of the gaps in windows of 5 minutes, over time); windows as in arrival/windowed_cv"
chart = { kind = "line", x = "elapsed_h", y = "iat_cv", color = "trace", reference = 1 }
finding = { pick = "iat_cv DESC NULLS LAST", text = "The burstiest window of all begins {elapsed_h} h into {dataset}/{trace}: a coefficient of variation of {iat_cv} over {gaps} gaps (Poisson: 1)." }
n = "windows"

[params.stream]
type = "VARCHAR"
text = "Only this event stream."
known = "SELECT stream FROM arrival WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)"

[params.window_s]
type = "DOUBLE"
default = 300
unit = "s"
text = "Window length."

[params.min_gaps]
type = "BIGINT"
default = 10
unit = "1"
text = "Fewest gaps that a window needs for a coefficient; of fewer it is mostly chance, and too low."

[params.most]
type = "BIGINT"
unit = "1"
text = "Windows to give per stream at most, evenly spread over the recording; all by default."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
stream = { unit = "name", text = "Kind of event: llm_request, invocation, cold_start, job." }
started_s = { unit = "s", text = "Start of the window since the trace's zero." }
elapsed_h = { unit = "h", text = "Hours from the first arrival to the start of the window." }
gaps = { unit = "1", text = "Gaps with both ends in the window." }
rate_per_s = { unit = "1/s", text = "Arrivals in the window over its length." }
iat_cv = { unit = "1", text = "Coefficient of variation of the gaps." }
below_resolution = { unit = "bool", text = "Whether the window's mean gap is shorter than the clock's resolution." }
windows = { unit = "1", text = "Full windows of the stream, those with too few gaps and those not given included." }
--- */
WITH extent AS (
    SELECT
        dataset,
        trace,
        stream,
        min(arrived_us) AS first_us,
        max(arrived_us) - min(arrived_us) AS span_us,
        max($window_s) AS window_s,
        max(CAST(round($window_s * 1000000) AS BIGINT)) AS window_us
    FROM arrival
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
        AND stream = coalesce($stream, stream)
        AND arrived_us IS NOT NULL
    GROUP BY dataset, trace, stream
    HAVING count(*) > 2
),

-- A gap inside a window needs no neighbour outside it: windows are sorted one by one.
placed AS (
    SELECT
        a.dataset,
        a.trace,
        a.stream,
        (a.arrived_us - e.first_us) // e.window_us AS i,
        a.arrived_us
    FROM arrival AS a
    INNER JOIN extent AS e ON a.dataset = e.dataset AND a.trace = e.trace AND a.stream = e.stream
    WHERE (a.arrived_us - e.first_us) // e.window_us < e.span_us // e.window_us
),

gaps AS (
    SELECT
        dataset,
        trace,
        stream,
        i,
        arrived_us - lag(arrived_us) OVER (PARTITION BY dataset, trace, stream, i ORDER BY arrived_us) AS gap_us
    FROM placed
),

moments AS (
    SELECT
        dataset,
        trace,
        stream,
        i,
        count(gap_us) AS gaps,
        count(*) AS arrivals,
        avg(gap_us) AS mean_us,
        stddev_pop(gap_us) / nullif(avg(gap_us), 0) AS cv
    FROM gaps
    GROUP BY dataset, trace, stream, i
    HAVING count(gap_us) >= max($min_gaps)
)

SELECT
    m.dataset,
    m.trace,
    m.stream,
    (e.first_us + m.i * e.window_us) / 1e6 AS started_s,
    m.i * e.window_us / 3.6e9 AS elapsed_h,
    m.gaps,
    m.arrivals / e.window_s AS rate_per_s,
    m.cv AS iat_cv,
    m.mean_us < r.resolution_us AS below_resolution,
    e.span_us // e.window_us AS windows
FROM moments AS m
INNER JOIN extent AS e ON m.dataset = e.dataset AND m.trace = e.trace AND m.stream = e.stream
LEFT JOIN recording AS r ON m.dataset = r.dataset AND m.trace = r.trace
WHERE m.i % CAST(ceil(e.span_us // e.window_us / coalesce($most, e.span_us // e.window_us)) AS BIGINT) = 0
ORDER BY m.dataset, m.trace, m.stream, m.i
