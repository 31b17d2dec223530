/* ---
title = "Uncertainty of inter-arrival times"
question = "How sure are the mean and the irregularity of the gaps, and is the rate constant?"
reads = ["arrival"]
uses = ["arrival/_extent", "arrival/_segments"]
compute = "interval.interarrival"
source = "Carlstein 1986, Ann. Statist. 14(3) 1171-1179 (blocks that do not overlap), percentile interval; Kwiatkowski, Phillips, Schmidt and Shin 1992, J. Econometrics 54 159-178 (stationarity of the level)"
key = ["dataset", "trace", "stream"]
chart = { kind = "range", x = "iat_cv_low", x2 = "iat_cv_high", y = "trace", color = "dataset" }
finding = { pick = "iat_cv DESC NULLS LAST", text = "{dataset}/{trace} has the most irregular arrivals: a coefficient of variation of {iat_cv}, with 95 % confidence between {iat_cv_low} and {iat_cv_high}." }
n = { column = "gaps" }

[params.stream]
type = "VARCHAR"
text = "Only this event stream."
known = "SELECT stream FROM arrival WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)"

[params.block]
type = "BIGINT"
unit = "1"
text = "Gaps per block; the cube root of their number, rounded up, by default."

[params.seed]
type = "BIGINT"
default = 1
unit = "1"
text = "Seed of the bootstrap."

[params.replicates]
type = "BIGINT"
default = 200
unit = "1"
text = "Bootstrap replicates."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
stream = { unit = "name", text = "Kind of event: llm_request, invocation, cold_start, job." }
gaps = { unit = "1", text = "Gaps between arrivals, zeros included." }
block = { unit = "1", text = "Gaps per block." }
blocks = { unit = "1", text = "Full blocks, from which is drawn; the gaps after the last one are left out." }
iat_mean_s = { unit = "s", text = "Mean gap." }
iat_mean_low_s = { unit = "s", text = "Lower end of the 95 % interval of the mean gap; NULL below 10 blocks." }
iat_mean_high_s = { unit = "s", text = "Upper end of the 95 % interval of the mean gap." }
iat_cv = { unit = "1", text = "Coefficient of variation of the gaps." }
iat_cv_low = { unit = "1", text = "Lower end of the 95 % interval of the coefficient of variation; NULL below 10 blocks." }
iat_cv_high = { unit = "1", text = "Upper end of the 95 % interval of the coefficient of variation." }
kpss = { unit = "1", text = "KPSS statistic of the counts in 100 equal parts of the span, 4 lags; above 0.463 a constant rate is refused at 5 %." }
is_stationary = { unit = "bool", text = "Whether a constant rate is kept; NULL below 100 events." }
--- */
-- Sums per block are all that a replicate needs: the gaps themselves never leave the engine. The parts of the span follow as rows of their own.
WITH extent AS (
    SELECT
        *,
        events - 1 AS gaps,
        CAST(greatest(coalesce($block, ceil((events - 1) ** (1 / 3.0) - 1e-9)), 1) AS BIGINT) AS block
    FROM _arrival_extent(p_dataset := $dataset, p_trace := $trace, p_stream := $stream)
),

gaps AS (
    SELECT
        dataset,
        trace,
        stream,
        (arrived_us - lag(arrived_us) OVER in_order) / 1e6 AS gap_s,
        row_number() OVER in_order - 2 AS i
    FROM arrival
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
        AND stream = coalesce($stream, stream)
        AND arrived_us IS NOT NULL
    WINDOW in_order AS (PARTITION BY dataset, trace, stream ORDER BY arrived_us, source_row)
),

blocks AS (
    SELECT
        g.dataset,
        g.trace,
        g.stream,
        g.i // e.block AS i,
        count(*) AS n,
        sum(g.gap_s) AS total,
        sum(g.gap_s * g.gap_s) AS squares
    FROM gaps AS g
    INNER JOIN extent AS e ON g.dataset = e.dataset AND g.trace = e.trace AND g.stream = e.stream
    WHERE g.i >= 0
    GROUP BY g.dataset, g.trace, g.stream, g.i // e.block
)

SELECT
    e.dataset,
    e.trace,
    e.stream,
    e.gaps,
    e.block,
    'block' AS part,
    b.i,
    b.n,
    b.total,
    b.squares
FROM extent AS e
INNER JOIN blocks AS b ON e.dataset = b.dataset AND e.trace = b.trace AND e.stream = b.stream
UNION ALL
SELECT
    e.dataset,
    e.trace,
    e.stream,
    e.gaps,
    e.block,
    'segment' AS part,
    s.i,
    s.n,
    NULL AS total,
    NULL AS squares
FROM extent AS e
INNER JOIN _arrival_segments(p_dataset := $dataset, p_trace := $trace, p_stream := $stream) AS s
    ON e.dataset = s.dataset AND e.trace = s.trace AND e.stream = s.stream
ORDER BY ALL
