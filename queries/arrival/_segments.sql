/* ---
title = "Arrivals per hundredth"
question = "How many events arrive in each hundredth of the span?"
reads = ["arrival"]
uses = ["arrival/_extent"]
source = "docs/definitions.md"

[params.stream]
type = "VARCHAR"
text = "Only this event stream."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
stream = { unit = "name", text = "Kind of event: llm_request, invocation, cold_start, job." }
i = { unit = "1", text = "Number of the hundredth, from 0; the last one holds the last arrival too." }
n = { unit = "1", text = "Events in it; an empty one has no row." }
--- */
WITH extent AS (
    SELECT * FROM _arrival_extent(p_dataset := $dataset, p_trace := $trace, p_stream := $stream)
)

SELECT
    a.dataset,
    a.trace,
    a.stream,
    least((a.arrived_us - e.first_us) * 100 // e.span_us, 99) AS i,
    count(*) AS n
FROM arrival AS a
INNER JOIN extent AS e ON a.dataset = e.dataset AND a.trace = e.trace AND a.stream = e.stream
WHERE a.arrived_us IS NOT NULL AND e.span_us > 0
GROUP BY a.dataset, a.trace, a.stream, i
