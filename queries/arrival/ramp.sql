/* ---
title = "Quiet head of a trace"
question = "Does the trace begin before the load does?"
reads = ["arrival"]
source = "Own definition, after HPMLL/BurstGPT issue 11 (the first rows are a ramp-up): the longest run of windows from the start whose mean is below a share of the median window"
chart = { kind = "bar", x = "ratio", y = "trace", color = "dataset" }
finding = { pick = "has_ramp DESC NULLS LAST, ratio ASC NULLS LAST", text = "The first {head_s} s of {dataset}/{trace} carry {ratio:.1%} of the rate of the rest: {head_rate_per_s} against {rest_rate_per_s} per second." }
n = "events"

[params.stream]
type = "VARCHAR"
text = "Only this event stream."

[params.windows]
type = "BIGINT"
default = 200
unit = "1"
text = "How many equal windows the span is cut into."

[params.below]
type = "DOUBLE"
default = 0.5
unit = "ratio"
text = "The head's mean rate is below this share of the median window's."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
stream = { unit = "name", text = "Kind of event: llm_request, invocation, cold_start, job." }
head_s = { unit = "s", text = "Length of the quiet head; 0 where there is none." }
head_rate_per_s = { unit = "1/s", text = "Events per second of the head." }
rest_rate_per_s = { unit = "1/s", text = "Events per second of the rest; of the whole where there is no head." }
ratio = { unit = "1", text = "Rate of the head over rate of the rest." }
has_ramp = { unit = "bool", text = "Whether the head is quieter than the given share of the rest, by more than four Poisson deviations of what the rest's rate would have brought." }
head_events = { unit = "1", text = "Events in the head." }
events = { unit = "1", text = "Events with an instant." }
--- */
WITH extent AS (
    SELECT
        dataset,
        trace,
        stream,
        min(arrived_us) AS first_us,
        max(arrived_us) - min(arrived_us) AS span_us,
        count(*) AS events,
        max($windows) AS windows,
        max($below) AS below
    FROM arrival
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
        AND stream = coalesce($stream, stream)
        AND arrived_us IS NOT NULL
    GROUP BY dataset, trace, stream
    HAVING count(*) > 2 AND max(arrived_us) > min(arrived_us)
),

counts AS (
    SELECT
        a.dataset,
        a.trace,
        a.stream,
        least(CAST(floor((a.arrived_us - e.first_us) * CAST(e.windows AS DOUBLE) / e.span_us) AS BIGINT), e.windows - 1) AS i,
        count(*) AS n
    FROM arrival AS a
    INNER JOIN extent AS e ON a.dataset = e.dataset AND a.trace = e.trace AND a.stream = e.stream
    WHERE a.arrived_us IS NOT NULL
    GROUP BY a.dataset, a.trace, a.stream, i
),

filled AS (
    SELECT
        w.*,
        coalesce(c.n, 0) AS n
    FROM (SELECT *, unnest(range(windows)) AS i FROM extent) AS w
    LEFT JOIN counts AS c ON w.dataset = c.dataset AND w.trace = c.trace AND w.stream = c.stream AND w.i = c.i
),

prefixes AS (
    SELECT
        *,
        sum(n) OVER (PARTITION BY dataset, trace, stream ORDER BY i) AS up_to,
        median(n) OVER (PARTITION BY dataset, trace, stream) AS median_n
    FROM filled
),

heads AS (
    SELECT
        dataset,
        trace,
        stream,
        max(events) AS events,
        max(below) AS below,
        max(span_us) / 1e6 AS span_s,
        coalesce(max(i + 1) FILTER (WHERE up_to < below * median_n * (i + 1)), 0) / max(windows) AS share,
        CAST(coalesce(max(up_to) FILTER (WHERE up_to < below * median_n * (i + 1)), 0) AS BIGINT) AS head_events
    FROM prefixes
    GROUP BY dataset, trace, stream
),

rates AS (
    SELECT
        *,
        head_events / nullif(share * span_s, 0) AS head_rate_per_s,
        (events - head_events) / nullif((1 - share) * span_s, 0) AS rest_rate_per_s
    FROM heads
)

SELECT
    dataset,
    trace,
    stream,
    share * span_s AS head_s,
    head_rate_per_s,
    rest_rate_per_s,
    head_rate_per_s / nullif(rest_rate_per_s, 0) AS ratio,
    coalesce(
        share > 0
        AND head_rate_per_s < below * rest_rate_per_s
        AND rest_rate_per_s * share * span_s - head_events > 4 * sqrt(rest_rate_per_s * share * span_s),
        FALSE
    ) AS has_ramp,
    head_events,
    events
FROM rates
ORDER BY dataset, trace, stream
