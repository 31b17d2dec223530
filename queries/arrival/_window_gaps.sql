/* ---
title = "Gaps within windows"
question = "How long and how irregular are the gaps in each full window?"
reads = ["arrival"]
uses = ["arrival/_scales"]
source = "docs/definitions.md"

[params.stream]
type = "VARCHAR"
text = "Only this event stream."

[params.window_s]
type = "DOUBLE"
default = 300
unit = "s"
text = "Window length."

[params.min_gaps]
type = "BIGINT"
default = 10
unit = "1"
text = "Fewest gaps of a window; windows with fewer have no row."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
stream = { unit = "name", text = "Kind of event: llm_request, invocation, cold_start, job." }
window_s = { unit = "s", text = "Length of the windows." }
windows = { unit = "1", text = "Full windows between the first and the last arrival, those with too few gaps and empty ones included." }
window_us = { unit = "us", text = "Length of the windows." }
first_us = { unit = "us", text = "First arrival: where the first window starts." }
i = { unit = "1", text = "Number of the window, from 0 at the first arrival; NULL where no window has enough gaps." }
arrivals = { unit = "1", text = "Arrivals in the window." }
gaps = { unit = "1", text = "Gaps with both ends in the window." }
total_us = { unit = "us", text = "Sum of the gaps." }
mean_us = { unit = "us", text = "Mean gap." }
cv = { unit = "1", text = "Coefficient of variation of the gaps." }
--- */
WITH scales AS (
    SELECT * FROM _arrival_scales(p_dataset := $dataset, p_trace := $trace, p_stream := $stream, p_windows_s := [$window_s])
),

-- A gap inside a window needs no neighbour outside it: windows are sorted one by one.
numbered AS (
    SELECT
        a.dataset,
        a.trace,
        a.stream,
        (a.arrived_us - s.first_us) // s.window_us AS i,
        a.arrived_us
    FROM arrival AS a
    INNER JOIN scales AS s ON a.dataset = s.dataset AND a.trace = s.trace AND a.stream = s.stream
    WHERE (a.arrived_us - s.first_us) // s.window_us < s.windows
),

gaps AS (
    SELECT
        dataset,
        trace,
        stream,
        i,
        arrived_us - lag(arrived_us) OVER (PARTITION BY dataset, trace, stream, i ORDER BY arrived_us) AS gap_us
    FROM numbered
),

moments AS (
    SELECT
        dataset,
        trace,
        stream,
        i,
        count(*) AS arrivals,
        count(gap_us) AS gaps,
        sum(gap_us) AS total_us,
        avg(gap_us) AS mean_us,
        stddev_pop(gap_us) / nullif(avg(gap_us), 0) AS cv
    FROM gaps
    GROUP BY dataset, trace, stream, i
    HAVING count(gap_us) >= max($min_gaps)
)

SELECT s.dataset, s.trace, s.stream, s.window_s, s.windows, s.window_us, s.first_us, m.i, m.arrivals, m.gaps, m.total_us, m.mean_us, m.cv
FROM scales AS s
LEFT JOIN moments AS m ON s.dataset = m.dataset AND s.trace = m.trace AND s.stream = m.stream
