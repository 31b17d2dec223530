/* ---
title = "Token counts"
question = "How long are prompts and answers?"
reads = ["llm_request"]
requires = ["llm_request.input_tokens", "llm_request.output_tokens"]
source = "Splitwise, ISCA 2024 (characterisation by prompt and output tokens)"
key = ["dataset", "trace"]
chart = { kind = "bar", x = "input_p50", y = "trace", color = "dataset" }
finding = { pick = "input_p50 DESC NULLS LAST", text = "{dataset}/{trace} has the longest prompts: median {input_p50}, 99th percentile {input_p99} tokens, against {output_p50} and {output_p99} tokens of output." }
n = { column = "requests" }

[params.ok_only]
type = "BOOLEAN"
default = false
unit = "bool"
text = "Leave failed requests out of the moments."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
requests = { unit = "1", text = "All requests." }
failed = { unit = "1", text = "Requests that the source says failed." }
input_mean = { unit = "tokens", text = "Mean of input tokens." }
input_p50 = { unit = "tokens", text = "Median of input tokens." }
input_p90 = { unit = "tokens", text = "90th percentile of input tokens." }
input_p99 = { unit = "tokens", text = "99th percentile of input tokens." }
input_max = { unit = "tokens", text = "Largest number of input tokens." }
input_zero = { unit = "1", text = "Requests with zero input tokens." }
output_mean = { unit = "tokens", text = "Mean of output tokens." }
output_p50 = { unit = "tokens", text = "Median of output tokens." }
output_p90 = { unit = "tokens", text = "90th percentile of output tokens." }
output_p99 = { unit = "tokens", text = "99th percentile of output tokens." }
output_max = { unit = "tokens", text = "Largest number of output tokens." }
output_zero = { unit = "1", text = "Requests with zero output tokens." }
pearson = { unit = "1", text = "Pearson correlation of input and output tokens." }
--- */
SELECT
    dataset,
    trace,
    count(*) AS requests,
    count(*) FILTER (WHERE NOT is_ok) AS failed,
    avg(input_tokens) AS input_mean,
    quantile_cont(input_tokens, 0.5) AS input_p50,
    quantile_cont(input_tokens, 0.9) AS input_p90,
    quantile_cont(input_tokens, 0.99) AS input_p99,
    max(input_tokens) AS input_max,
    count(*) FILTER (WHERE input_tokens = 0) AS input_zero,
    avg(output_tokens) AS output_mean,
    quantile_cont(output_tokens, 0.5) AS output_p50,
    quantile_cont(output_tokens, 0.9) AS output_p90,
    quantile_cont(output_tokens, 0.99) AS output_p99,
    max(output_tokens) AS output_max,
    count(*) FILTER (WHERE output_tokens = 0) AS output_zero,
    CASE
        WHEN stddev_pop(input_tokens) > 0 AND stddev_pop(output_tokens) > 0 THEN corr(input_tokens, output_tokens)
    END AS pearson
FROM (
    SELECT
        dataset,
        trace,
        is_ok,
        CASE WHEN coalesce(is_ok, TRUE) OR NOT $ok_only THEN input_tokens END AS input_tokens,
        CASE WHEN coalesce(is_ok, TRUE) OR NOT $ok_only THEN output_tokens END AS output_tokens
    FROM llm_request
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
)
GROUP BY dataset, trace
ORDER BY dataset, trace
