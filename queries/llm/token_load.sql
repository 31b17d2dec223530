/* ---
title = "Token load of prefill and decode"
question = "How many tokens per second must be read and written?"
reads = ["llm_request"]
requires = ["llm_request.input_tokens"]
source = "Splitwise, ISCA 2024, arXiv 2311.18677 (a prompt phase and a token phase); both are booked at the arrival, cached tokens are not taken off; full windows from the first arrival, empty ones counted"
key = ["dataset", "trace", "phase"]
chart = { kind = "bar", x = "peak_to_mean", y = "trace", color = "phase" }
finding = { pick = "peak_to_mean DESC NULLS LAST", text = "The {phase} load of {dataset}/{trace} swings most: its busiest window of {window_s} s has {peak_tokens_per_s} tokens per second, {peak_to_mean} times the mean." }
n = { column = "windows", over = ["dataset", "trace"] }

[params.window_s]
type = "DOUBLE"
default = 60
unit = "s"
text = "Window length."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
phase = { unit = "name", text = "prefill (input tokens) or decode (output tokens)." }
window_s = { unit = "s", text = "Length of the windows." }
windows = { unit = "1", text = "Full windows between the first and the last arrival, empty ones included." }
mean_tokens_per_s = { unit = "tokens/s", text = "Mean over the windows." }
p99_tokens_per_s = { unit = "tokens/s", text = "99th percentile over the windows." }
peak_tokens_per_s = { unit = "tokens/s", text = "Busiest window." }
peak_to_mean = { unit = "1", text = "Busiest window over the mean." }
--- */
WITH chosen AS (
    SELECT
        dataset,
        trace,
        arrived_us,
        input_tokens,
        output_tokens
    FROM llm_request
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
        AND arrived_us IS NOT NULL
),

extent AS (
    SELECT
        dataset,
        trace,
        min(arrived_us) AS first_us,
        max(arrived_us) - min(arrived_us) AS span_us,
        count(input_tokens) > 0 AS has_input,
        count(output_tokens) > 0 AS has_output,
        max($window_s) AS window_s,
        max(CAST(round($window_s * 1000000) AS BIGINT)) AS window_us
    FROM chosen
    GROUP BY dataset, trace
),

scales AS (
    SELECT
        *,
        span_us // window_us AS windows
    FROM extent
    WHERE span_us >= window_us
),

loads AS (
    SELECT
        c.dataset,
        c.trace,
        (c.arrived_us - s.first_us) // s.window_us AS i,
        coalesce(sum(c.input_tokens), 0) AS input_tokens,
        coalesce(sum(c.output_tokens), 0) AS output_tokens
    FROM chosen AS c
    INNER JOIN scales AS s ON c.dataset = s.dataset AND c.trace = s.trace
    WHERE (c.arrived_us - s.first_us) // s.window_us < s.windows
    GROUP BY c.dataset, c.trace, i
),

phases AS (
    SELECT
        l.dataset,
        l.trace,
        'prefill' AS phase,
        CAST(l.input_tokens AS BIGINT) AS tokens
    FROM loads AS l
    INNER JOIN scales AS s ON l.dataset = s.dataset AND l.trace = s.trace
    WHERE s.has_input
    UNION ALL
    SELECT
        l.dataset,
        l.trace,
        'decode' AS phase,
        CAST(l.output_tokens AS BIGINT) AS tokens
    FROM loads AS l
    INNER JOIN scales AS s ON l.dataset = s.dataset AND l.trace = s.trace
    WHERE s.has_output
),

-- Windows without a request are not written out: they all come before the others, so they only shift the ranks.
ranked AS (
    SELECT
        p.dataset,
        p.trace,
        p.phase,
        p.tokens,
        s.window_s,
        s.windows,
        s.windows - count(*) OVER (PARTITION BY p.dataset, p.trace, p.phase)
        + row_number() OVER (PARTITION BY p.dataset, p.trace, p.phase ORDER BY p.tokens) - 1 AS rank,
        0.99 * (s.windows - 1) AS wanted
    FROM phases AS p
    INNER JOIN scales AS s ON p.dataset = s.dataset AND p.trace = s.trace
),

moments AS (
    SELECT
        dataset,
        trace,
        phase,
        max(window_s) AS window_s,
        max(windows) AS windows,
        CAST(sum(tokens) AS DOUBLE) / max(windows) AS mean_tokens,
        coalesce(max(tokens) FILTER (WHERE rank = floor(wanted)), 0) AS low,
        coalesce(max(tokens) FILTER (WHERE rank = ceil(wanted)), 0) AS high,
        max(wanted) - floor(max(wanted)) AS part,
        max(tokens) AS peak
    FROM ranked
    GROUP BY dataset, trace, phase
)

SELECT
    dataset,
    trace,
    phase,
    window_s,
    windows,
    mean_tokens / window_s AS mean_tokens_per_s,
    (low + part * (high - low)) / window_s AS p99_tokens_per_s,
    peak / window_s AS peak_tokens_per_s,
    peak / nullif(mean_tokens, 0) AS peak_to_mean
FROM moments
ORDER BY dataset, trace, phase DESC
