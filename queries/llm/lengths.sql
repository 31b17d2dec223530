/* ---
title = "Distribution of lengths"
question = "How are the lengths of prompts and answers distributed?"
reads = ["llm_request"]
uses = ["llm/_length_counts"]
requires = ["llm_request.input_tokens"]
source = "Splitwise, ISCA 2024, arXiv 2311.18677 (distribution functions of prompt and output tokens); linear quantiles over all requests with a count, zeros and failures included"
key = ["dataset", "trace", "field", "quantile"]
chart = { kind = "line", x = "tokens", y = "quantile", color = "trace", dash = "field", log = ["x"] }
finding = { pick = "CASE WHEN field = 'input' AND quantile <= 0.99 THEN quantile END DESC NULLS LAST, tokens DESC NULLS LAST", text = "{quantile:.0%} of the prompts of {dataset}/{trace} have at most {tokens} tokens." }
n = { column = "requests", over = ["dataset", "trace"] }

[params.quantiles]
type = "DOUBLE[]"
default = [0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999]
unit = "ratio"
text = "Quantiles, from 0 to 1; others are left out."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
field = { unit = "name", text = "input or output." }
quantile = { unit = "ratio", text = "Share of requests that are at most so long." }
tokens = { unit = "tokens", text = "Length: the quantile, linear between two requests." }
requests = { unit = "1", text = "Requests with a count." }
--- */
-- Lengths are whole numbers with few distinct values: a cumulated histogram costs what the values do, not what the rows do.
WITH cumulated AS (
    SELECT
        dataset,
        trace,
        field,
        tokens,
        sum(n) OVER (PARTITION BY dataset, trace, field ORDER BY tokens) AS up_to,
        sum(n) OVER (PARTITION BY dataset, trace, field) AS requests
    FROM _llm_length_counts(p_dataset := $dataset, p_trace := $trace)
),

ranks AS (
    SELECT
        c.*,
        q.quantile,
        q.quantile * (c.requests - 1) AS rank
    FROM cumulated AS c
    CROSS JOIN (SELECT DISTINCT unnest($quantiles) AS quantile) AS q
    WHERE q.quantile BETWEEN 0 AND 1
)

SELECT
    dataset,
    trace,
    field,
    quantile,
    min(tokens) FILTER (WHERE up_to > floor(rank))
    + (max(rank) - floor(max(rank)))
    * (min(tokens) FILTER (WHERE up_to > ceil(rank)) - min(tokens) FILTER (WHERE up_to > floor(rank))) AS tokens,
    CAST(max(requests) AS BIGINT) AS requests
FROM ranks
GROUP BY dataset, trace, field, quantile
ORDER BY dataset, trace, field, quantile
