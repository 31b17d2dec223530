/* ---
title = "Distribution of durations and memory"
question = "How long do functions run, and how much memory do they use?"
reads = ["function_invocation", "function_profile"]
uses = ["serverless/_sizes"]
requires = ["function_invocation.duration_s | function_profile.duration_mean_s | function_invocation.memory_used_mb | function_profile.memory_mean_mb"]
source = "Shahrad et al., ATC 2020 (distribution functions of execution time and memory); linear quantiles, zeros included, negative values left out"
key = ["dataset", "trace", "field", "quantile"]
chart = { kind = "line", x = "value", y = "quantile", color = "trace", dash = "field", log = ["x"] }
finding = { pick = "CASE WHEN quantile = 0.5 THEN n END DESC NULLS LAST", text = "Half of the {n} values of {field} in {dataset}/{trace} are at most {value}." }
n = { column = "n", over = ["dataset", "trace", "field"] }

[params.field]
type = "VARCHAR"
default = "duration"
choices = ["duration", "function_duration", "memory", "function_memory", "all"]
unit = "name"
text = "Which sizes."

[params.quantiles]
type = "DOUBLE[]"
default = [0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999]
unit = "ratio"
text = "Quantiles, from 0 to 1."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
field = { unit = "name", text = "duration (s, of invocations), function_duration (s, published means of functions), memory (MB, used by invocations), function_memory (MB, published means)." }
quantile = { unit = "ratio", text = "Share that is at most so large." }
value = { unit = "1", text = "Duration in seconds, or memory in megabytes: the quantile." }
n = { unit = "1", text = "Invocations (functions) with a value." }
zeros = { unit = "1", text = "Values of zero." }
--- */
SELECT
    dataset,
    trace,
    field,
    unnest($quantiles) AS quantile,
    unnest(quantile_cont(value, $quantiles)) AS value,
    count(*) AS n,
    count(*) FILTER (WHERE value = 0) AS zeros
FROM _serverless_sizes(p_dataset := $dataset, p_trace := $trace, p_field := $field)
WHERE value >= 0
GROUP BY dataset, trace, field
ORDER BY dataset, trace, field, quantile
