/* ---
title = "Counts of invocations"
question = "How many invocations does each cell of each function hold?"
reads = ["function_rate"]
source = "docs/definitions.md"

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
app_id = { unit = "id", text = "Application." }
function_id = { unit = "id", text = "Function." }
user_id = { unit = "id", text = "User." }
trigger = { unit = "name", text = "Trigger." }
started_us = { unit = "us", text = "Start of the cell." }
width_s = { unit = "s", text = "Length of the cell." }
value = { unit = "1", text = "Invocations; a cell of zero was recorded." }
source_row = { unit = "1", text = "Record of the raw file." }
--- */
-- Of several series of one trace the one of the widest cells is taken.
WITH widths AS (
    SELECT
        dataset,
        trace,
        max(width_s) AS width_s
    FROM function_rate
    WHERE metric = 'invocations' AND stat = 'sum' AND dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
    GROUP BY dataset, trace
)

SELECT
    r.dataset,
    r.trace,
    r.app_id,
    r.function_id,
    r.user_id,
    r.trigger,
    r.started_us,
    r.width_s,
    r.value,
    r.source_row
FROM function_rate AS r
INNER JOIN widths AS w ON r.dataset = w.dataset AND r.trace = w.trace AND r.width_s = w.width_s
WHERE r.metric = 'invocations' AND r.stat = 'sum'
