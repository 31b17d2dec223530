/* ---
title = "Quiet head of a trace"
question = "Does the trace begin before the load does?"
reads = ["arrival"]
uses = ["arrival/_extent"]
source = "Own definition, after HPMLL/BurstGPT issue 11 (the first rows are a ramp-up): the likeliest change between two Poisson rates within the first half, if the head is below a share of the median window"
key = ["dataset", "trace", "stream"]
chart = { kind = "bar", x = "head_s", y = "trace", color = "dataset" }
finding = { pick = "head_s DESC NULLS LAST", text = "The longest quiet head is that of {dataset}/{trace}: {head_s} s before the load is there." }
n = { column = "events" }

[params.stream]
type = "VARCHAR"
text = "Only this event stream."
known = "SELECT stream FROM arrival WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)"

[params.windows]
type = "BIGINT"
default = 200
unit = "1"
text = "How many equal windows the span is cut into."

[params.below]
type = "DOUBLE"
default = 0.5
unit = "ratio"
text = "A head's mean rate is below this share of the median window's, which bursts do not move."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
stream = { unit = "name", text = "Kind of event: llm_request, invocation, cold_start, job." }
head_s = { unit = "s", text = "Length of the quiet head; 0 where there is none." }
head_rate_per_s = { unit = "1/s", text = "Events per second of the head." }
rest_rate_per_s = { unit = "1/s", text = "Events per second of the rest; of the whole where there is no head." }
ratio = { unit = "1", text = "Rate of the head over rate of the rest." }
has_ramp = { unit = "bool", text = "Whether there is a quiet head: below the given share of the median window, and by more than four Poisson deviations." }
head_events = { unit = "1", text = "Events in the head." }
events = { unit = "1", text = "Events with an instant." }
--- */
WITH extent AS (
    SELECT
        *,
        $windows AS windows,
        $below AS below
    FROM _arrival_extent(p_dataset := $dataset, p_trace := $trace, p_stream := $stream)
    WHERE span_us > 0
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
        i + 1 AS k,
        CAST(sum(n) OVER (PARTITION BY dataset, trace, stream ORDER BY i) AS BIGINT) AS up_to,
        median(n) OVER (PARTITION BY dataset, trace, stream) AS median_n
    FROM filled
),

-- Logarithm of the likelihood of one Poisson rate up to window k and another one after it, but for what no k changes.
scored AS (
    SELECT
        *,
        CASE WHEN up_to > 0 THEN up_to * ln(up_to / k) ELSE 0 END + (events - up_to) * ln((events - up_to) / (windows - k)) AS score
    FROM prefixes
    WHERE 2 * k <= windows AND up_to < events AND up_to < below * median_n * k
        AND median_n * k - up_to > 4 * sqrt(median_n * k)
),

heads AS (
    SELECT
        dataset,
        trace,
        stream,
        arg_max({'share': k / windows, 'events': up_to}, score) AS head
    FROM scored
    GROUP BY dataset, trace, stream
),

rates AS (
    SELECT
        e.dataset,
        e.trace,
        e.stream,
        e.events,
        e.span_us / 1e6 AS span_s,
        h.head IS NOT NULL AS has_ramp,
        coalesce(h.head.share, 0) AS share,
        coalesce(h.head.events, 0) AS head_events
    FROM extent AS e
    LEFT JOIN heads AS h ON e.dataset = h.dataset AND e.trace = h.trace AND e.stream = h.stream
)

SELECT
    dataset,
    trace,
    stream,
    share * span_s AS head_s,
    head_events / nullif(share * span_s, 0) AS head_rate_per_s,
    (events - head_events) / ((1 - share) * span_s) AS rest_rate_per_s,
    head_events / nullif(share * span_s, 0) / ((events - head_events) / ((1 - share) * span_s)) AS ratio,
    has_ramp,
    head_events,
    events
FROM rates
ORDER BY dataset, trace, stream
