/* ---
title = "Series of arrival counts"
question = "How many events arrive in each full window of one length, and does the clock resolve it?"
reads = ["arrival", "recording"]
uses = ["arrival/_window_counts"]
source = "docs/definitions.md"

[params.stream]
type = "VARCHAR"
text = "Only this event stream."

[params.window_s]
type = "DOUBLE"
default = 60
unit = "s"
text = "Window length."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
stream = { unit = "name", text = "Kind of event: llm_request, invocation, cold_start, job." }
windows = { unit = "1", text = "Full windows between the first and the last arrival, empty ones included." }
below_resolution = { unit = "bool", text = "Whether the window is shorter than the clock's resolution." }
i = { unit = "1", text = "Number of the window, from 0 at the first arrival; empty windows have no row." }
n = { unit = "1", text = "Events in the window." }
--- */
SELECT
    c.dataset,
    c.trace,
    c.stream,
    c.windows,
    c.window_us < r.resolution_us AS below_resolution,
    c.i,
    c.n
FROM _arrival_window_counts(p_dataset := $dataset, p_trace := $trace, p_stream := $stream, p_windows_s := [$window_s]) AS c
LEFT JOIN recording AS r ON c.dataset = r.dataset AND c.trace = r.trace
WHERE c.i IS NOT NULL
