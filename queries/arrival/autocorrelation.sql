/* ---
title = "Autocorrelation of arrival counts"
question = "How long does the load remember itself?"
reads = ["arrival", "recording"]
compute = "series.autocorrelation"
source = "Box, Jenkins and Reinsel 2008, Time Series Analysis, 2.1.5 (products over all windows divide by the whole variance); full windows from the first arrival, empty ones counted"
chart = { kind = "line", x = "lag_s", y = "acf", color = "trace", reference = 0 }
finding = { pick = "CASE WHEN lag = 1 THEN acf END DESC NULLS LAST", text = "{dataset}/{trace} has the longest memory: counts of neighbouring windows of {window_s} s correlate by {acf} (Poisson: 0)." }
n = "windows"

[params.stream]
type = "VARCHAR"
text = "Only this event stream."
known = "SELECT stream FROM arrival WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)"

[params.window_s]
type = "DOUBLE"
default = 60
unit = "s"
text = "Window length."

[params.max_lag]
type = "BIGINT"
default = 60
unit = "1"
text = "Longest lag, in windows; a trace gives lags up to a quarter of its windows."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
stream = { unit = "name", text = "Kind of event: llm_request, invocation, cold_start, job." }
window_s = { unit = "s", text = "Length of the windows." }
lag = { unit = "1", text = "Lag in windows." }
lag_s = { unit = "s", text = "Lag." }
acf = { unit = "1", text = "Autocorrelation of the counts at the lag; 0 for Poisson." }
windows = { unit = "1", text = "Full windows between the first and the last arrival, empty ones included." }
below_resolution = { unit = "bool", text = "Whether the window is shorter than the clock's resolution." }
--- */
WITH extent AS (
    SELECT
        dataset,
        trace,
        stream,
        min(arrived_us) AS first_us,
        max(arrived_us) - min(arrived_us) AS span_us,
        max(CAST(round($window_s * 1000000) AS BIGINT)) AS window_us
    FROM arrival
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
        AND stream = coalesce($stream, stream)
        AND arrived_us IS NOT NULL
    GROUP BY dataset, trace, stream
    HAVING count(*) > 2
)

SELECT
    a.dataset,
    a.trace,
    a.stream,
    e.span_us // e.window_us AS windows,
    e.window_us < any_value(r.resolution_us) AS below_resolution,
    (a.arrived_us - e.first_us) // e.window_us AS i,
    count(*) AS n
FROM arrival AS a
INNER JOIN extent AS e ON a.dataset = e.dataset AND a.trace = e.trace AND a.stream = e.stream
LEFT JOIN recording AS r ON a.dataset = r.dataset AND a.trace = r.trace
WHERE (a.arrived_us - e.first_us) // e.window_us < e.span_us // e.window_us
GROUP BY a.dataset, a.trace, a.stream, e.span_us, e.window_us, i
ORDER BY a.dataset, a.trace, a.stream, i
