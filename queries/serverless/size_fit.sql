/* ---
title = "Distributions fitted to durations and memory"
question = "Which distribution describes execution times and memory?"
reads = ["function_invocation", "function_profile"]
uses = ["serverless/_sizes"]
requires = ["function_invocation.duration_s | function_profile.duration_mean_s | function_invocation.memory_used_mb | function_profile.memory_mean_mb"]
compute = "sizes.fit_sizes"
source = "Shahrad et al., ATC 2020: log-normal execution times (mu -0.38, sigma 2.36 of the natural logarithm of seconds) and Burr XII memory (c 11.652, k 0.221, lambda 107.083 MB); maximum likelihood on positive values, location 0"
key = ["dataset", "trace", "field", "family"]
chart = { kind = "bar", x = "ks_d", y = "family", color = "trace" }
finding = { pick = "ks_d ASC NULLS LAST", text = "The closest fit is the {family} for {field} of {dataset}/{trace}: its distribution function is nowhere further than {ks_d} from the data's." }
n = { column = "n", over = ["dataset", "trace", "field"] }

[params.field]
type = "VARCHAR"
default = "all"
choices = ["duration", "function_duration", "memory", "function_memory", "all"]
unit = "name"
text = "Which sizes."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
field = { unit = "name", text = "duration (s, of invocations), function_duration (s, published means of functions), memory (MB, used by invocations), function_memory (MB, published means)." }
family = { unit = "name", text = "lognormal, weibull, gamma, exponential or burr12." }
n = { unit = "1", text = "Positive values that were fitted." }
zeros = { unit = "1", text = "Values of zero or below, which are left out." }
mu = { unit = "1", text = "Log-normal: mean of the natural logarithm of seconds or megabytes." }
shape = { unit = "1", text = "Sigma of the log-normal, k of the Weibull and the gamma, c of the Burr XII." }
shape2 = { unit = "1", text = "k of the Burr XII: F(x) = 1 - (1 + (x / scale)^c)^-k." }
scale = { unit = "1", text = "Scale, in seconds or megabytes; e^mu for the log-normal." }
ks_d = { unit = "1", text = "Kolmogorov-Smirnov distance between fit and data, both sides of every step." }
--- */
SELECT
    dataset,
    trace,
    field,
    value,
    count(*) AS n
FROM _serverless_sizes(p_dataset := $dataset, p_trace := $trace, p_field := $field)
WHERE value IS NOT NULL
GROUP BY dataset, trace, field, value
ORDER BY dataset, trace, field, value
