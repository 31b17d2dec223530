/* ---
title = "Requests in flight"
question = "How many requests are being served at once?"
reads = ["llm_request"]
requires = ["llm_request.e2e_s"]
source = "Little 1961, Oper. Res. 9(3) 383-387; a request is in flight from its arrival up to, not including, arrival + e2e_s; statistics are weighted by time over first arrival to last end"
key = ["dataset", "trace"]
chart = { kind = "bar", x = "p99_in_flight", y = "trace", color = "dataset" }
finding = { pick = "max_in_flight DESC NULLS LAST", text = "{dataset}/{trace} has at most {max_in_flight} requests in flight, {mean_in_flight} on average over time, with a 99th percentile of {p99_in_flight}." }
n = { column = "requests" }

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
requests = { unit = "1", text = "All requests." }
without_e2e = { unit = "1", text = "Requests left out: arrival or time to the last token unknown." }
mean_in_flight = { unit = "1", text = "Mean number in flight, weighted by time, from the first arrival to the last end." }
p50_in_flight = { unit = "1", text = "Number in flight that is not exceeded half of the time." }
p99_in_flight = { unit = "1", text = "Number in flight that is not exceeded 99 % of the time." }
max_in_flight = { unit = "1", text = "Most requests in flight; at one instant ends come before arrivals." }
littles_law_n = { unit = "1", text = "Arrival rate (requests over first to last arrival) times mean e2e_s: the mean in flight of a process without edges." }
e2e_mean_s = { unit = "s", text = "Mean time from arrival to last token." }
--- */
WITH chosen AS (
    SELECT
        dataset,
        trace,
        arrived_us,
        arrived_us + CAST(round(e2e_s * 1e6) AS BIGINT) AS ended_us,
        e2e_s
    FROM llm_request
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
        AND arrived_us IS NOT NULL AND e2e_s >= 0
),

totals AS (
    SELECT
        dataset,
        trace,
        count(*) AS requests
    FROM llm_request
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
    GROUP BY dataset, trace
),

rates AS (
    SELECT
        dataset,
        trace,
        count(*) AS requests,
        avg(e2e_s) AS e2e_mean_s,
        CASE WHEN count(*) > 2 THEN count(*) / nullif((max(arrived_us) - min(arrived_us)) / 1e6, 0) END AS rate_per_s
    FROM chosen
    GROUP BY dataset, trace
),

-- One row per instant, arrivals and ends already set off against each other.
steps AS (
    SELECT
        dataset,
        trace,
        at_us,
        CAST(sum(step) AS BIGINT) AS step
    FROM (
        SELECT
            dataset,
            trace,
            arrived_us AS at_us,
            1 AS step
        FROM chosen
        UNION ALL
        SELECT
            dataset,
            trace,
            ended_us AS at_us,
            -1 AS step
        FROM chosen
    )
    GROUP BY dataset, trace, at_us
),

sweep AS (
    SELECT
        dataset,
        trace,
        CAST(sum(step) OVER in_order AS BIGINT) AS in_flight,
        lead(at_us) OVER in_order - at_us AS lasts_us
    FROM steps
    WINDOW in_order AS (PARTITION BY dataset, trace ORDER BY at_us)
),

histogram AS (
    SELECT
        dataset,
        trace,
        in_flight,
        sum(lasts_us) AS lasts_us
    FROM sweep
    GROUP BY dataset, trace, in_flight
),

cumulated AS (
    SELECT
        *,
        sum(lasts_us) OVER (PARTITION BY dataset, trace ORDER BY in_flight) AS up_to_us,
        sum(lasts_us) OVER (PARTITION BY dataset, trace) AS span_us
    FROM histogram
),

moments AS (
    SELECT
        dataset,
        trace,
        sum(in_flight * lasts_us) / nullif(max(span_us), 0) AS mean_in_flight,
        min(in_flight) FILTER (WHERE up_to_us >= 0.5 * span_us) AS p50_in_flight,
        min(in_flight) FILTER (WHERE up_to_us >= 0.99 * span_us) AS p99_in_flight,
        max(in_flight) AS max_in_flight
    FROM cumulated
    GROUP BY dataset, trace
)

SELECT
    m.dataset,
    m.trace,
    t.requests,
    t.requests - r.requests AS without_e2e,
    m.mean_in_flight,
    m.p50_in_flight,
    m.p99_in_flight,
    m.max_in_flight,
    r.rate_per_s * r.e2e_mean_s AS littles_law_n,
    r.e2e_mean_s
FROM moments AS m
INNER JOIN rates AS r ON m.dataset = r.dataset AND m.trace = r.trace
INNER JOIN totals AS t ON m.dataset = t.dataset AND m.trace = t.trace
ORDER BY m.dataset, m.trace
