/* ---
title = "Distributions fitted to inter-arrival times"
question = "Which distribution describes the gaps between arrivals?"
reads = ["arrival", "recording"]
compute = "fit.fit_arrivals"
source = "Maximum likelihood on positive gaps, location 0; Kolmogorov-Smirnov distance"
key = ["dataset", "trace", "stream", "family"]
chart = { kind = "bar", x = "ks_d", y = "family", color = "trace" }
finding = { pick = "ks_d ASC NULLS LAST", text = "The closest fit is the {family} for {dataset}/{trace}: its distribution function is nowhere further than {ks_d} from the data's." }
n = { column = "n", over = ["dataset", "trace", "stream"] }

[params.stream]
type = "VARCHAR"
text = "Only this event stream."
known = "SELECT stream FROM arrival WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)"

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
stream = { unit = "name", text = "Kind of event: llm_request, invocation, cold_start, job." }
family = { unit = "name", text = "exponential, gamma, weibull or lognormal." }
n = { unit = "1", text = "Positive gaps that were fitted." }
shape = { unit = "1", text = "Shape parameter; sigma for the log-normal, NULL for the exponential." }
scale_s = { unit = "s", text = "Scale parameter; e^mu for the log-normal." }
ks_d = { unit = "1", text = "Kolmogorov-Smirnov distance between fit and data, both sides of every step." }
below_resolution = { unit = "bool", text = "Whether the mean gap is shorter than the clock's resolution." }
--- */
WITH gaps AS (
    SELECT
        dataset,
        trace,
        stream,
        arrived_us - lag(arrived_us) OVER (PARTITION BY dataset, trace, stream ORDER BY arrived_us, source_row) AS gap_us
    FROM arrival
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
        AND stream = coalesce($stream, stream)
        AND arrived_us IS NOT NULL
),

means AS (
    SELECT
        g.dataset,
        g.trace,
        g.stream,
        avg(g.gap_us) < any_value(r.resolution_us) AS below_resolution
    FROM gaps AS g
    LEFT JOIN recording AS r ON g.dataset = r.dataset AND g.trace = r.trace
    GROUP BY g.dataset, g.trace, g.stream
)

SELECT
    g.dataset,
    g.trace,
    g.stream,
    g.gap_us,
    count(*) AS n,
    any_value(m.below_resolution) AS below_resolution
FROM gaps AS g
INNER JOIN means AS m ON g.dataset = m.dataset AND g.trace = m.trace AND g.stream = m.stream
WHERE g.gap_us > 0
GROUP BY g.dataset, g.trace, g.stream, g.gap_us
ORDER BY g.dataset, g.trace, g.stream, g.gap_us
