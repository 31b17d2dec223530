/* ---
title = "Prompt length against answer length"
question = "Do longer prompts get longer answers?"
reads = ["llm_request"]
requires = ["llm_request.input_tokens", "llm_request.output_tokens"]
source = "BurstGPT, KDD 2025, doi:10.1145/3711896.3737413 (answers grow with prompts); Spearman 1904, Am. J. Psychol. 15(1), with mean ranks for ties"
key = ["dataset", "trace"]
chart = { kind = "bar", x = "spearman", y = "trace", color = "dataset" }
finding = { pick = "spearman DESC NULLS LAST", text = "In {dataset}/{trace} the answer depends most on the prompt: rank correlation {spearman}, linear correlation {pearson} over {n} requests." }
n = { column = "n" }

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
n = { unit = "1", text = "Requests with both counts, failed ones and zeros included." }
pearson = { unit = "1", text = "Pearson correlation of input and output tokens." }
spearman = { unit = "1", text = "Spearman rank correlation; ties share their mean rank." }
n_positive = { unit = "1", text = "Requests with both counts above zero." }
pearson_log = { unit = "1", text = "Pearson correlation of the logarithms of positive counts." }
--- */
-- Ranks belong to lengths, not to rows: they come from two histograms and are joined back, so that nothing as long as the trace is sorted.
WITH chosen AS (
    SELECT
        dataset,
        trace,
        input_tokens,
        output_tokens
    FROM llm_request
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
        AND input_tokens IS NOT NULL AND output_tokens IS NOT NULL
),

input_ranks AS (
    SELECT
        dataset,
        trace,
        input_tokens,
        sum(count(*)) OVER (PARTITION BY dataset, trace ORDER BY input_tokens) - (count(*) - 1) / 2 AS rank
    FROM chosen
    GROUP BY dataset, trace, input_tokens
),

output_ranks AS (
    SELECT
        dataset,
        trace,
        output_tokens,
        sum(count(*)) OVER (PARTITION BY dataset, trace ORDER BY output_tokens) - (count(*) - 1) / 2 AS rank
    FROM chosen
    GROUP BY dataset, trace, output_tokens
),

ranked AS (
    SELECT
        c.dataset,
        c.trace,
        c.input_tokens,
        c.output_tokens,
        i.rank AS input_rank,
        o.rank AS output_rank,
        CASE WHEN c.input_tokens > 0 AND c.output_tokens > 0 THEN ln(c.input_tokens) END AS input_log,
        CASE WHEN c.input_tokens > 0 AND c.output_tokens > 0 THEN ln(c.output_tokens) END AS output_log
    FROM chosen AS c
    INNER JOIN input_ranks AS i ON c.dataset = i.dataset AND c.trace = i.trace AND c.input_tokens = i.input_tokens
    INNER JOIN output_ranks AS o ON c.dataset = o.dataset AND c.trace = o.trace AND c.output_tokens = o.output_tokens
)

SELECT
    dataset,
    trace,
    count(*) AS n,
    CASE
        WHEN min(input_tokens) < max(input_tokens) AND min(output_tokens) < max(output_tokens) THEN corr(input_tokens, output_tokens)
    END AS pearson,
    CASE
        WHEN min(input_tokens) < max(input_tokens) AND min(output_tokens) < max(output_tokens) THEN corr(input_rank, output_rank)
    END AS spearman,
    count(input_log) AS n_positive,
    CASE
        WHEN min(input_log) < max(input_log) AND min(output_log) < max(output_log) THEN corr(input_log, output_log)
    END AS pearson_log
FROM ranked
GROUP BY dataset, trace
ORDER BY dataset, trace
