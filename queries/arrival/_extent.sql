/* ---
title = "Extent of a stream"
question = "From when to when do events arrive?"
reads = ["arrival"]
source = "docs/definitions.md"

[params.stream]
type = "VARCHAR"
text = "Only this event stream."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
stream = { unit = "name", text = "Kind of event: llm_request, invocation, cold_start, job." }
first_us = { unit = "us", text = "First arrival." }
span_us = { unit = "us", text = "Last minus first arrival." }
events = { unit = "1", text = "Events with an instant, of streams that have more than two." }
--- */
SELECT
    dataset,
    trace,
    stream,
    min(arrived_us) AS first_us,
    max(arrived_us) - min(arrived_us) AS span_us,
    count(*) AS events
FROM arrival
WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
    AND stream = coalesce($stream, stream)
    AND arrived_us IS NOT NULL
GROUP BY dataset, trace, stream
HAVING count(*) > 2
