/* ---
title = "Irregularity of gaps over time"
question = "Does burstiness change over the recording?"
reads = ["arrival", "recording"]
params_from = "arrival/windowed_cv"
uses = ["arrival/_window_gaps"]
source = "ServeGen, arXiv 2505.09999 (coefficient of variation of the gaps in windows of 5 minutes, over time); windows as in arrival/windowed_cv"
key = ["dataset", "trace", "stream", "started_s"]
chart = { kind = "line", x = "elapsed_h", y = "iat_cv", color = "trace", reference = 1 }
finding = { pick = "iat_cv DESC NULLS LAST", text = "The burstiest window of all begins {elapsed_h} h into {dataset}/{trace}: a coefficient of variation of {iat_cv} over {gaps} gaps (Poisson: 1)." }
n = { column = "windows", over = ["dataset", "trace", "stream"] }

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
SELECT
    m.dataset,
    m.trace,
    m.stream,
    (m.first_us + m.i * m.window_us) / 1e6 AS started_s,
    m.i * m.window_us / 3.6e9 AS elapsed_h,
    m.gaps,
    m.arrivals / m.window_s AS rate_per_s,
    m.cv AS iat_cv,
    m.mean_us < r.resolution_us AS below_resolution,
    m.windows AS windows
FROM _arrival_window_gaps(p_dataset := $dataset, p_trace := $trace, p_stream := $stream, p_window_s := $window_s, p_min_gaps := $min_gaps) AS m
LEFT JOIN recording AS r ON m.dataset = r.dataset AND m.trace = r.trace
WHERE m.i IS NOT NULL
    AND m.i % CAST(ceil(m.windows / coalesce($most, m.windows)) AS BIGINT) = 0
ORDER BY m.dataset, m.trace, m.stream, m.i
