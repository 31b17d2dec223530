/* ---
title = "Long-range dependence of arrivals"
question = "Do bursts average out over longer windows?"
reads = ["arrival", "recording"]
uses = ["arrival/_series"]
compute = "series.hurst"
source = "Leland, Taqqu, Willinger and Wilson 1994, IEEE/ACM ToN 2(1) 1-15; Taqqu, Teverovsky and Willinger 1995, Fractals 3(4) 785-798 (aggregated variance)"
key = ["dataset", "trace", "stream"]
chart = { kind = "bar", x = "hurst", y = "trace", color = "dataset" }
finding = { pick = "hurst DESC NULLS LAST", text = "{dataset}/{trace} smooths out most slowly: a Hurst exponent of {hurst} over {scales} scales from {window_s} s (Poisson: 0.5)." }
n = { column = "windows" }

[params.stream]
type = "VARCHAR"
text = "Only this event stream."
known = "SELECT stream FROM arrival WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)"

[params.window_s]
type = "DOUBLE"
default = 1
unit = "s"
text = "Length of the base windows, which are joined by 1, 2, 4, ..."

[params.min_windows]
type = "BIGINT"
default = 50
unit = "1"
text = "Fewest joined windows that a scale needs."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
stream = { unit = "name", text = "Kind of event: llm_request, invocation, cold_start, job." }
window_s = { unit = "s", text = "Length of the base windows." }
windows = { unit = "1", text = "Full base windows between the first and the last arrival, empty ones included." }
scales = { unit = "1", text = "Scales in the fit: powers of two with enough windows and a variance above zero." }
hurst = { unit = "1", text = "Hurst exponent: 1 + slope / 2 of log variance of the mean count against log scale; 0.5 for Poisson, NULL below three scales." }
r2 = { unit = "1", text = "Share of the variance of the logarithms that the line explains." }
below_resolution = { unit = "bool", text = "Whether the base window is shorter than the clock's resolution." }
--- */
SELECT * FROM _arrival_series(p_dataset := $dataset, p_trace := $trace, p_stream := $stream, p_window_s := $window_s)
ORDER BY dataset, trace, stream, i
