/* ---
title = "Distributions fitted to cold starts"
question = "Which distributions describe cold-start times and the gaps between cold starts?"
reads = ["cold_start"]
uses = ["serverless/_measured"]
requires = ["cold_start.total_s | cold_start.init_s"]
compute = "coldstarts.fit_cold_starts"
source = "Serverless Cold Starts and Where to Find Them, EuroSys 2025 (log-normal for times, Weibull for gaps, printed as moments); maximum likelihood on positive values, location 0"
key = ["dataset", "trace", "field", "family"]
chart = { kind = "bar", x = "ks_d", y = "family", color = "trace" }
finding = { pick = "CASE WHEN field IN ('total', 'init') THEN ks_d END ASC NULLS LAST", text = "The closest fit of cold-start times is the {family} for {dataset}/{trace}: mean {fit_mean_s} s, deviation {fit_sd_s} s, nowhere further than {ks_d} from the data's distribution function." }
n = { column = "n", over = ["dataset", "trace", "field"] }

[params.field]
type = "VARCHAR"
default = "both"
choices = ["both", "total", "gap"]
unit = "name"
text = "Cold-start times (inits, where a trace knows no more), gaps between cold starts of a trace, or both."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
field = { unit = "name", text = "total: time of the cold start; init: that of a trace without totals; gap: time since the cold start before in the same trace." }
family = { unit = "name", text = "exponential, gamma, weibull or lognormal." }
n = { unit = "1", text = "Positive values that were fitted." }
zeros = { unit = "1", text = "Values of zero, which are left out." }
mean_s = { unit = "s", text = "Mean of the positive values." }
sd_s = { unit = "s", text = "Standard deviation of the positive values." }
shape = { unit = "1", text = "Shape by maximum likelihood; sigma for the log-normal, k for the Weibull, NULL for the exponential." }
scale_s = { unit = "s", text = "Scale by maximum likelihood; e^mu for the log-normal, lambda for the Weibull." }
fit_mean_s = { unit = "s", text = "Mean of the fitted distribution: the moment that papers print, not a parameter." }
fit_sd_s = { unit = "s", text = "Standard deviation of the fitted distribution." }
moment_shape = { unit = "1", text = "Shape that the data's own mean and deviation give; log-normal and Weibull only." }
moment_scale_s = { unit = "s", text = "Scale that the data's own mean and deviation give; log-normal and Weibull only." }
ks_d = { unit = "1", text = "Kolmogorov-Smirnov distance between fit and data, both sides of every step." }
--- */
WITH known AS (
    SELECT * FROM _serverless_measured(p_dataset := $dataset, p_trace := $trace)
),

timed AS (
    SELECT
        c.dataset,
        c.trace,
        CASE WHEN k.has_total THEN 'total' ELSE 'init' END AS field,
        CASE WHEN k.has_total THEN c.total_s ELSE c.init_s END AS value_s
    FROM cold_start AS c
    INNER JOIN known AS k ON c.dataset = k.dataset AND c.trace = k.trace
    WHERE $field IN ('both', 'total')
    UNION ALL
    SELECT
        dataset,
        trace,
        'gap' AS field,
        (occurred_us - lag(occurred_us) OVER (PARTITION BY dataset, trace ORDER BY occurred_us, source_row)) / 1e6 AS value_s
    FROM cold_start
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
        AND occurred_us IS NOT NULL AND $field IN ('both', 'gap')
)

SELECT
    dataset,
    trace,
    field,
    value_s,
    count(*) AS n
FROM timed
WHERE value_s >= 0
GROUP BY dataset, trace, field, value_s
ORDER BY dataset, field, trace, value_s
