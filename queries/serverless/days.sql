/* ---
title = "Days"
question = "How do weekends and holidays differ from working days?"
reads = ["function_invocation", "function_rate", "cold_start", "recording"]
requires = ["function_invocation.started_us | function_rate.value | cold_start.occurred_us"]
source = "EuroSys 2025, section 4.2 (a holiday between day 13, the last working day, and day 24, the first one after, by the release's README; the text says 23); days are counted from the trace's zero"
key = ["dataset", "trace", "stream", "day"]
chart = { kind = "line", x = "day", y = "to_mean", color = "trace", reference = 1 }
finding = { pick = "CASE WHEN hours >= 12 THEN to_mean END DESC NULLS LAST", text = "Of the days seen for half a day or more, day {day} is the busiest of {dataset}/{trace} ({stream}): {per_hour} per hour, {to_mean} times the mean." }

[params.holidays]
type = "BIGINT[]"
default = []
unit = "1"
text = "Days that are holidays, from zero."

[params.weekend]
type = "BIGINT[]"
default = []
unit = "1"
text = "Remainders by seven of the days that are weekends; no source without a calendar says which they are."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
stream = { unit = "name", text = "invocations, cold_starts (events) or metric (counts)." }
day = { unit = "1", text = "Day from the trace's zero." }
kind = { unit = "name", text = "holiday, weekend or other." }
events = { unit = "1", text = "Events, or the sum of the counts." }
hours = { unit = "h", text = "How much of the day lies between the first and the last event." }
per_hour = { unit = "1", text = "Events per hour seen." }
to_mean = { unit = "1", text = "Events per hour over those of the trace." }
to_other = { unit = "1", text = "Events per hour over those of days that are neither holiday nor weekend." }
--- */
WITH events AS (
    SELECT
        dataset,
        trace,
        'invocations' AS stream,
        started_us // 86400000000 AS day,
        min(started_us) AS first_us,
        max(started_us) AS last_us,
        CAST(count(*) AS DOUBLE) AS n
    FROM function_invocation
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace) AND started_us IS NOT NULL
    GROUP BY dataset, trace, day
    UNION ALL
    SELECT
        dataset,
        trace,
        'cold_starts' AS stream,
        occurred_us // 86400000000 AS day,
        min(occurred_us) AS first_us,
        max(occurred_us) AS last_us,
        CAST(count(*) AS DOUBLE) AS n
    FROM cold_start
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace) AND occurred_us IS NOT NULL
    GROUP BY dataset, trace, day
    UNION ALL
    SELECT
        dataset,
        trace,
        metric || ' (counts)' AS stream,
        started_us // 86400000000 AS day,
        min(started_us) AS first_us,
        max(started_us + CAST(width_s * 1000000 AS BIGINT)) AS last_us,
        sum(value) AS n
    FROM (
        SELECT
            *,
            max(width_s) OVER (PARTITION BY dataset, trace, metric) AS widest_s
        FROM function_rate
        WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace) AND stat = 'sum'
    )
    WHERE width_s = widest_s
    GROUP BY dataset, trace, metric, day
),

spans AS (
    SELECT
        *,
        CASE
            WHEN list_contains($holidays, day) THEN 'holiday'
            WHEN list_contains($weekend, day % 7) THEN 'weekend'
            ELSE 'other'
        END AS kind,
        (
            least(coalesce(extent_end_us, max(last_us) OVER whole), (day + 1) * 86400000000)
            - greatest(coalesce(extent_start_us, min(first_us) OVER whole), day * 86400000000)
        ) / 3.6e9 AS hours
    FROM (
        SELECT e.*, r.extent_start_us, r.extent_end_us
        FROM events AS e
        LEFT JOIN recording AS r ON e.dataset = r.dataset AND e.trace = r.trace
    )
    WINDOW whole AS (PARTITION BY dataset, trace, stream)
)

SELECT
    dataset,
    trace,
    stream,
    day,
    kind,
    CAST(round(n) AS BIGINT) AS events,
    hours,
    n / nullif(hours, 0) AS per_hour,
    n / nullif(hours, 0) / (sum(n) OVER whole / nullif(sum(hours) OVER whole, 0)) AS to_mean,
    n / nullif(hours, 0)
    / (sum(n) FILTER (WHERE kind = 'other') OVER whole / nullif(sum(hours) FILTER (WHERE kind = 'other') OVER whole, 0)) AS to_other
FROM spans
WINDOW whole AS (PARTITION BY dataset, trace, stream)
ORDER BY dataset, trace, stream, day
