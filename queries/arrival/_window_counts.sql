/* ---
title = "Arrivals per window"
question = "How many events arrive in each full window?"
reads = ["arrival"]
params_from = "arrival/_scales"
uses = ["arrival/_scales"]
source = "docs/definitions.md"

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
stream = { unit = "name", text = "Kind of event: llm_request, invocation, cold_start, job." }
window_s = { unit = "s", text = "Length of the windows." }
windows = { unit = "1", text = "Full windows between the first and the last arrival, empty ones included." }
window_us = { unit = "us", text = "Length of the windows." }
events = { unit = "1", text = "Events of the stream with an instant." }
i = { unit = "1", text = "Number of the window, from 0 at the first arrival; empty windows have no row. NULL where there is no full window." }
n = { unit = "1", text = "Events in the window." }
--- */
WITH scales AS (
    SELECT * FROM _arrival_scales(p_dataset := $dataset, p_trace := $trace, p_stream := $stream, p_windows_s := $windows_s)
),

counts AS (
    SELECT s.dataset, s.trace, s.stream, s.window_s, (a.arrived_us - s.first_us) // s.window_us AS i, count(*) AS n
    FROM arrival AS a
    INNER JOIN scales AS s ON a.dataset = s.dataset AND a.trace = s.trace AND a.stream = s.stream
    WHERE (a.arrived_us - s.first_us) // s.window_us < s.windows
    GROUP BY s.dataset, s.trace, s.stream, s.window_s, i
)

SELECT s.dataset, s.trace, s.stream, s.window_s, s.windows, s.window_us, s.events, c.i, c.n
FROM scales AS s
LEFT JOIN counts AS c ON s.dataset = c.dataset AND s.trace = c.trace AND s.stream = c.stream AND s.window_s = c.window_s
