/* ---
title = "Autocorrelation of arrival counts"
question = "How long does the load remember itself?"
reads = ["arrival", "recording"]
uses = ["arrival/_series"]
compute = "series.autocorrelation"
source = "Box, Jenkins and Reinsel 2008, Time Series Analysis, 2.1.5 (products over all windows divide by the whole variance); full windows from the first arrival, empty ones counted"
key = ["dataset", "trace", "stream", "lag"]
chart = { kind = "line", x = "lag_s", y = "acf", color = "trace", reference = 0 }
finding = { pick = "CASE WHEN lag = 1 THEN acf END DESC NULLS LAST", text = "{dataset}/{trace} has the longest memory: counts of neighbouring windows of {window_s} s correlate by {acf} (Poisson: 0)." }
n = { column = "windows", over = ["dataset", "trace", "stream"] }

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
SELECT * FROM _arrival_series(p_dataset := $dataset, p_trace := $trace, p_stream := $stream, p_window_s := $window_s)
ORDER BY dataset, trace, stream, i
