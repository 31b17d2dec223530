/* ---
title = "Uncertainty of the index of dispersion"
question = "How sure is the burstiness at each time scale, and is the rate constant?"
reads = ["arrival"]
uses = ["arrival/_window_counts", "arrival/_segments"]
compute = "interval.dispersion"
source = "Carlstein 1986, Ann. Statist. 14(3) 1171-1179 (blocks that do not overlap), percentile interval; Kwiatkowski, Phillips, Schmidt and Shin 1992, J. Econometrics 54 159-178 (stationarity of the level)"
key = ["dataset", "trace", "stream", "window_s"]
finding = { pick = "idc DESC NULLS LAST", text = "{dataset}/{trace} is burstiest over windows of {window_s} s: an index of dispersion of {idc}, with 95 % confidence between {idc_low} and {idc_high}." }

[params.stream]
type = "VARCHAR"
text = "Only this event stream."
known = "SELECT stream FROM arrival WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)"

[params.windows_s]
type = "DOUBLE[]"
default = [1, 10, 60, 300]
unit = "s"
text = "Window lengths."

[params.block]
type = "BIGINT"
unit = "1"
text = "Windows per block; the cube root of their number, rounded up, by default."

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
window_s = { unit = "s", text = "Length of the windows." }
windows = { unit = "1", text = "Full windows between the first and the last arrival, empty ones included." }
block = { unit = "1", text = "Windows per block." }
blocks = { unit = "1", text = "Full blocks, from which is drawn; the windows after the last one are left out." }
idc = { unit = "1", text = "Index of dispersion for counts: variance / mean; Poisson = 1." }
idc_low = { unit = "1", text = "Lower end of the 95 % interval of the index; NULL below 10 blocks." }
idc_high = { unit = "1", text = "Upper end of the 95 % interval of the index." }
kpss = { unit = "1", text = "KPSS statistic of the counts in 100 equal parts of the span, 4 lags; above 0.463 a constant rate is refused at 5 %." }
is_stationary = { unit = "bool", text = "Whether a constant rate is kept; NULL below 100 events." }
--- */
-- Blocks without an arrival have no row; the function that draws knows how many there are.
WITH counts AS (
    SELECT
        *,
        CAST(greatest(coalesce($block, ceil(windows ** (1 / 3.0) - 1e-9)), 1) AS BIGINT) AS block
    FROM _arrival_window_counts(p_dataset := $dataset, p_trace := $trace, p_stream := $stream, p_windows_s := $windows_s)
    WHERE i IS NOT NULL
)

SELECT
    dataset,
    trace,
    stream,
    window_s,
    windows,
    block,
    'block' AS part,
    i // block AS i,
    CAST(sum(n) AS DOUBLE) AS total,
    CAST(sum(n * n) AS DOUBLE) AS squares
FROM counts
GROUP BY dataset, trace, stream, window_s, windows, block, i // block
UNION ALL
SELECT
    b.dataset,
    b.trace,
    b.stream,
    b.window_s,
    b.windows,
    b.block,
    'segment' AS part,
    s.i,
    CAST(s.n AS DOUBLE) AS total,
    NULL AS squares
FROM (SELECT DISTINCT dataset, trace, stream, window_s, windows, block FROM counts) AS b
INNER JOIN _arrival_segments(p_dataset := $dataset, p_trace := $trace, p_stream := $stream) AS s
    ON b.dataset = s.dataset AND b.trace = s.trace AND b.stream = s.stream
ORDER BY ALL
