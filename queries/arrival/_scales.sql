/* ---
title = "Windows of a stream"
question = "How many full windows of each length are there?"
reads = ["arrival"]
uses = ["arrival/_extent"]
source = "docs/definitions.md"

[params.stream]
type = "VARCHAR"
text = "Only this event stream."

[params.windows_s]
type = "DOUBLE[]"
default = [1, 10, 60, 300]
unit = "s"
text = "Window lengths; one that is given twice counts once."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
stream = { unit = "name", text = "Kind of event: llm_request, invocation, cold_start, job." }
window_s = { unit = "s", text = "Length of the windows." }
windows = { unit = "1", text = "Full windows between the first and the last arrival, empty ones included." }
window_us = { unit = "us", text = "Length of the windows." }
first_us = { unit = "us", text = "First arrival: where the first window starts." }
events = { unit = "1", text = "Events with an instant." }
--- */
SELECT
    e.dataset,
    e.trace,
    e.stream,
    w.window_s,
    e.span_us // CAST(round(w.window_s * 1000000) AS BIGINT) AS windows,
    CAST(round(w.window_s * 1000000) AS BIGINT) AS window_us,
    e.first_us,
    e.events
FROM _arrival_extent(p_dataset := $dataset, p_trace := $trace, p_stream := $stream) AS e
CROSS JOIN (SELECT DISTINCT unnest($windows_s) AS window_s) AS w
