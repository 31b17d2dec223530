/* ---
title = "Distributions fitted to lengths"
question = "Which distribution describes prompt and answer lengths?"
reads = ["llm_request"]
uses = ["llm/_length_counts"]
requires = ["llm_request.input_tokens"]
compute = "lengths.fit_lengths"
source = "ServeGen, arXiv 2505.09999 (prompts: log-normal body and Pareto tail; answers: exponential); BurstGPT, KDD 2025, doi:10.1145/3711896.3737413 (Zipf); Clauset, Shalizi and Newman 2009, SIAM Rev. 51(4) 661-703 (discrete power law); maximum likelihood on positive lengths"
key = ["dataset", "trace", "field", "family"]
finding = { pick = "ks_d ASC NULLS LAST", text = "The closest fit is the {family} for the {field} lengths of {dataset}/{trace}: its distribution function is nowhere further than {ks_d} from the data's." }
n = { column = "n", over = ["dataset", "trace", "field"] }

[params.field]
type = "VARCHAR"
default = "both"
unit = "name"
text = "Which lengths are fitted."
choices = ["both", "input", "output"]

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
field = { unit = "name", text = "input or output." }
family = { unit = "name", text = "lognormal, exponential, pareto_lognormal or zipf." }
n = { unit = "1", text = "Positive lengths that were fitted." }
zeros = { unit = "1", text = "Lengths of zero, which are left out." }
mu = { unit = "1", text = "Mean of the logarithm of the log-normal (body)." }
sigma = { unit = "1", text = "Deviation of the logarithm of the log-normal (body)." }
scale = { unit = "tokens", text = "Mean of the exponential." }
alpha = { unit = "1", text = "Pareto: P(X > x) = (xmin / x)^alpha, at most 20; Zipf: P(X = k) proportional to k^-alpha." }
xmin = { unit = "tokens", text = "Where the Pareto tail begins; 1 for Zipf." }
weight = { unit = "ratio", text = "Share of the Pareto tail in the mixture." }
ks_d = { unit = "1", text = "Kolmogorov-Smirnov distance between fit and data, both sides of every step." }
loglik = { unit = "1", text = "Logarithm of the likelihood; a density at a whole number stands for the probability of that number." }
aic = { unit = "1", text = "Akaike's criterion, 2 x parameters - 2 loglik: lower is better." }
--- */
SELECT * FROM _llm_length_counts(p_dataset := $dataset, p_trace := $trace, p_field := $field)
ORDER BY dataset, trace, field, tokens
