/* ---
title = "Index of dispersion over time scales"
question = "At which time scale is this workload bursty?"
reads = ["arrival", "recording"]
uses = ["arrival/_window_counts"]
source = "Gusella 1991, IEEE JSAC 9(2); full windows from the first arrival, empty ones counted, population variance"
key = ["dataset", "trace", "stream", "window_s"]
chart = { kind = "line", x = "window_s", y = "idc", color = "trace", log = ["x", "y"], reference = 1 }
finding = { pick = "idc DESC NULLS LAST", text = "{dataset}/{trace} is burstiest over windows of {window_s} s: the variance of counts is {idc} times their mean (Poisson: 1)." }
n = { column = "events", over = ["dataset", "trace", "stream"] }
extend = { when = "ci", query = "arrival/dispersion_ci", on = ["dataset", "trace", "stream", "window_s"] }

[params.stream]
type = "VARCHAR"
text = "Only this event stream."
known = "SELECT stream FROM arrival WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)"

[params.windows_s]
type = "DOUBLE[]"
default = [1, 10, 60, 300]
unit = "s"
text = "Window lengths."

[params.ci]
type = "BOOLEAN"
default = false
unit = "bool"
text = "Give block-bootstrap 95 % intervals and the stationarity flag: see arrival/dispersion_ci. A macro leaves them NULL."

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
window_s = { unit = "s", text = "Length of the windows." }
windows = { unit = "1", text = "Full windows between the first and the last arrival." }
empty_windows = { unit = "1", text = "Full windows without an arrival." }
mean_count = { unit = "1", text = "Mean arrivals per window." }
idc = { unit = "1", text = "Index of dispersion for counts: variance / mean; Poisson = 1." }
peak_to_mean = { unit = "1", text = "Arrivals in the busiest window over the mean." }
p99_to_mean = { unit = "1", text = "99th percentile of the counts over the mean." }
acf1 = { unit = "1", text = "Autocorrelation of the counts at lag 1." }
below_resolution = { unit = "bool", text = "Whether the window is shorter than the clock's resolution." }
events = { unit = "1", text = "Events with an instant." }
idc_low = { unit = "1", text = "Lower end of the block-bootstrap 95 % interval of the index of dispersion, if asked for." }
idc_high = { unit = "1", text = "Upper end of the block-bootstrap 95 % interval of the index of dispersion, if asked for." }
is_stationary = { unit = "bool", text = "Whether the KPSS test on counts in 100 equal parts of the span keeps a constant rate at 5 %, if asked for; NULL below 100 events." }
--- */
WITH windowed AS (
    SELECT * FROM _arrival_window_counts(p_dataset := $dataset, p_trace := $trace, p_stream := $stream, p_windows_s := $windows_s)
),

-- Also those of which there is no full window.
scales AS (
    SELECT DISTINCT dataset, trace, stream, window_s, windows, events
    FROM windowed
),

counts AS (
    SELECT * FROM windowed
    WHERE i IS NOT NULL
),

pairs AS (
    SELECT
        *,
        CASE
            WHEN lag(i) OVER in_order = i - 1 THEN lag(n) OVER in_order
            ELSE 0
        END AS n_before
    FROM counts
    WINDOW in_order AS (PARTITION BY dataset, trace, stream, window_s ORDER BY i)
),

sums AS (
    SELECT
        s.dataset,
        s.trace,
        s.stream,
        s.window_s,
        s.events,
        s.windows,
        s.windows - count(p.i) AS empty_windows,
        CAST(coalesce(sum(p.n), 0) AS DOUBLE) AS total,
        CAST(coalesce(sum(p.n * p.n), 0) AS DOUBLE) AS squares,
        CAST(coalesce(sum(p.n * p.n_before), 0) AS DOUBLE) AS products,
        coalesce(max(p.n), 0) AS peak,
        coalesce(max(p.n) FILTER (WHERE p.i = 0), 0) AS first_n,
        coalesce(max(p.n) FILTER (WHERE p.i = s.windows - 1), 0) AS last_n
    FROM scales AS s
    LEFT JOIN pairs AS p
        ON s.dataset = p.dataset AND s.trace = p.trace AND s.stream = p.stream AND s.window_s = p.window_s
    GROUP BY s.dataset, s.trace, s.stream, s.window_s, s.events, s.windows
),

-- The 99th percentile over all windows, empty ones included, without writing them out: a cumulated histogram of counts.
histogram AS (
    SELECT dataset, trace, stream, window_s, n, count(*) AS windows
    FROM counts
    GROUP BY dataset, trace, stream, window_s, n
    UNION ALL
    SELECT dataset, trace, stream, window_s, 0 AS n, empty_windows AS windows
    FROM sums
    WHERE empty_windows > 0
),

cumulated AS (
    SELECT
        *,
        sum(windows) OVER (PARTITION BY dataset, trace, stream, window_s ORDER BY n) AS up_to
    FROM histogram
),

p99 AS (
    SELECT
        c.dataset,
        c.trace,
        c.stream,
        c.window_s,
        min(c.n) FILTER (WHERE c.up_to > floor(0.99 * (s.windows - 1))) AS low,
        min(c.n) FILTER (WHERE c.up_to > ceil(0.99 * (s.windows - 1))) AS high,
        any_value(0.99 * (s.windows - 1) - floor(0.99 * (s.windows - 1))) AS part
    FROM cumulated AS c
    INNER JOIN sums AS s
        ON c.dataset = s.dataset AND c.trace = s.trace AND c.stream = s.stream AND c.window_s = s.window_s
    GROUP BY c.dataset, c.trace, c.stream, c.window_s
),

moments AS (
    SELECT
        *,
        total / nullif(windows, 0) AS mean_count,
        squares / nullif(windows, 0) - (total / nullif(windows, 0)) ** 2 AS variance
    FROM sums
)

SELECT
    m.dataset,
    m.trace,
    m.stream,
    m.window_s,
    m.windows,
    m.empty_windows,
    m.mean_count,
    m.variance / nullif(m.mean_count, 0) AS idc,
    m.peak / nullif(m.mean_count, 0) AS peak_to_mean,
    (q.low + q.part * (q.high - q.low)) / nullif(m.mean_count, 0) AS p99_to_mean,
    CASE
        WHEN m.windows > 2
            THEN (
                m.products
                - m.mean_count * (2 * m.total - m.first_n - m.last_n)
                + (m.windows - 1) * m.mean_count ** 2
            ) / nullif(m.windows * m.variance, 0)
    END AS acf1,
    m.window_s < r.resolution_us / 1e6 AS below_resolution,
    m.events,
    CAST(NULL AS DOUBLE) AS idc_low,
    CAST(NULL AS DOUBLE) AS idc_high,
    CAST(NULL AS BOOLEAN) AS is_stationary
FROM moments AS m
LEFT JOIN p99 AS q
    ON m.dataset = q.dataset AND m.trace = q.trace AND m.stream = q.stream AND m.window_s = q.window_s
LEFT JOIN recording AS r ON m.dataset = r.dataset AND m.trace = r.trace
ORDER BY m.dataset, m.trace, m.stream, m.window_s
