/* ---
title = "Irregularity of gaps within windows"
question = "Are arrivals bursty within minutes, or only over the day?"
reads = ["arrival", "recording"]
uses = ["arrival/_window_gaps"]
source = "ServeGen, arXiv 2505.09999 (coefficient of variation of the gaps in windows of 5 minutes); a gap counts in the window that holds both of its ends; full windows from the first arrival"
key = ["dataset", "trace", "stream"]
chart = { kind = "bar", x = "cv_p50", y = "trace", color = "dataset" }
finding = { pick = "cv_p50 DESC NULLS LAST", text = "Within windows of {window_s} s {dataset}/{trace} has the most irregular arrivals: a median coefficient of variation of {cv_p50} (Poisson: 1), above 1 in {cv_gt1_share:.0%} of the windows." }
n = { column = "windows" }

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

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
stream = { unit = "name", text = "Kind of event: llm_request, invocation, cold_start, job." }
window_s = { unit = "s", text = "Length of the windows." }
windows = { unit = "1", text = "Full windows with enough gaps." }
windows_left_out = { unit = "1", text = "Full windows with too few gaps, empty ones included." }
cv_mean = { unit = "1", text = "Mean over the windows of the coefficient of variation." }
cv_p50 = { unit = "1", text = "Median over the windows of the coefficient of variation." }
cv_max = { unit = "1", text = "Largest coefficient of variation of a window." }
cv_gt1_share = { unit = "ratio", text = "Windows burstier than Poisson, over windows with enough gaps." }
below_resolution = { unit = "bool", text = "Whether the mean gap within the windows is shorter than the clock's resolution." }
--- */
WITH summary AS (
    SELECT
        dataset,
        trace,
        stream,
        window_s,
        windows AS all_windows,
        count(i) AS windows,
        avg(cv) AS cv_mean,
        quantile_cont(cv, 0.5) AS cv_p50,
        max(cv) AS cv_max,
        count(*) FILTER (WHERE cv > 1) / nullif(count(i), 0) AS cv_gt1_share,
        sum(total_us) / nullif(sum(gaps), 0) AS mean_us
    FROM _arrival_window_gaps(p_dataset := $dataset, p_trace := $trace, p_stream := $stream, p_window_s := $window_s, p_min_gaps := $min_gaps)
    WHERE windows > 0
    GROUP BY dataset, trace, stream, window_s, all_windows
)

SELECT
    s.dataset,
    s.trace,
    s.stream,
    s.window_s,
    s.windows,
    s.all_windows - s.windows AS windows_left_out,
    s.cv_mean,
    s.cv_p50,
    s.cv_max,
    s.cv_gt1_share,
    s.mean_us < r.resolution_us AS below_resolution
FROM summary AS s
LEFT JOIN recording AS r ON s.dataset = r.dataset AND s.trace = r.trace
ORDER BY s.dataset, s.trace, s.stream
