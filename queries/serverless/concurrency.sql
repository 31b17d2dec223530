/* ---
title = "Invocations in flight"
question = "How many invocations run at a time?"
reads = ["function_invocation"]
requires = ["function_invocation.started_us", "function_invocation.ended_us | function_invocation.duration_s"]
source = "In flight from the start up to, not including, the end, which is start plus duration where it is not published; at one instant ends come before starts; statistics weighted by time. Little's law L = rate x mean duration beside it"
key = ["dataset", "trace"]
chart = { kind = "range", x = "mean_in_flight", x2 = "max_in_flight", y = "trace", color = "dataset", log = ["x"] }
finding = { pick = "max_in_flight DESC NULLS LAST", text = "{dataset}/{trace} has up to {max_in_flight} invocations in flight, {mean_in_flight} on average; {never_two_share:.0%} of its functions never run two at a time." }
n = { column = "invocations" }

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
invocations = { unit = "1", text = "Invocations whose start and end are known." }
mean_in_flight = { unit = "1", text = "Mean over time." }
p50_in_flight = { unit = "1", text = "Median over time." }
p99_in_flight = { unit = "1", text = "99th percentile over time." }
max_in_flight = { unit = "1", text = "Most at a time." }
littles_law_n = { unit = "1", text = "Invocations over first start to last start, times mean duration." }
functions = { unit = "1", text = "Functions." }
never_two_share = { unit = "ratio", text = "Share of functions that never run two at a time." }
function_max = { unit = "1", text = "Most invocations of one function at a time." }
without_end = { unit = "1", text = "Invocations that are left out: neither an end after their start nor a duration is known." }
reason = { unit = "text", text = "Why there is no answer; NULL where there is one." }
--- */
WITH started AS (
    SELECT
        dataset,
        trace,
        app_id,
        function_id,
        started_us,
        CASE
            WHEN ended_us >= started_us THEN ended_us
            WHEN duration_s BETWEEN 0 AND 1e12 THEN started_us + CAST(round(duration_s * 1e6) AS BIGINT)
        END AS ended_us
    FROM function_invocation
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace) AND started_us IS NOT NULL
),

chosen AS (
    SELECT * FROM started
    WHERE ended_us IS NOT NULL
),

known AS (
    SELECT
        dataset,
        trace,
        count(ended_us) AS invocations,
        count(*) - count(ended_us) AS without_end,
        CASE
            WHEN count(ended_us) = 0 THEN 'no invocation has an end or a duration'
            WHEN max(ended_us - started_us) = 0 THEN 'every invocation ends as it starts'
        END AS reason
    FROM started
    GROUP BY dataset, trace
),

-- One row per instant, starts and ends already set off against each other.
steps AS (
    SELECT
        dataset,
        trace,
        app_id,
        function_id,
        at_us,
        CAST(sum(step) AS BIGINT) AS step
    FROM (
        SELECT
            dataset,
            trace,
            app_id,
            function_id,
            unnest([started_us, ended_us]) AS at_us,
            unnest([1, -1]) AS step
        FROM chosen
        WHERE ended_us > started_us
    )
    GROUP BY dataset, trace, app_id, function_id, at_us
),

sweep AS (
    SELECT
        dataset,
        trace,
        CAST(sum(step) OVER in_order AS BIGINT) AS in_flight,
        lead(at_us) OVER in_order - at_us AS lasts_us
    FROM (SELECT dataset, trace, at_us, sum(step) AS step FROM steps GROUP BY dataset, trace, at_us)
    WINDOW in_order AS (PARTITION BY dataset, trace ORDER BY at_us)
),

cumulated AS (
    SELECT
        dataset,
        trace,
        in_flight,
        sum(lasts_us) AS lasts_us,
        sum(sum(lasts_us)) OVER (PARTITION BY dataset, trace ORDER BY in_flight) AS up_to_us,
        sum(sum(lasts_us)) OVER (PARTITION BY dataset, trace) AS span_us
    FROM sweep
    GROUP BY dataset, trace, in_flight
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
),

per_function AS (
    SELECT
        dataset,
        trace,
        max(in_flight) AS most
    FROM (
        SELECT
            dataset,
            trace,
            app_id,
            function_id,
            CAST(sum(step) OVER (PARTITION BY dataset, trace, app_id, function_id ORDER BY at_us) AS BIGINT) AS in_flight
        FROM steps
    )
    GROUP BY dataset, trace, app_id, function_id
),

functions AS (
    SELECT
        dataset,
        trace,
        count(*) AS functions,
        avg(CAST(most <= 1 AS INTEGER)) AS never_two_share,
        max(most) AS function_max
    FROM per_function
    GROUP BY dataset, trace
),

rates AS (
    SELECT
        dataset,
        trace,
        count(*) / nullif((max(started_us) - min(started_us)) / 1e6, 0) * avg((ended_us - started_us) / 1e6) AS littles_law_n
    FROM chosen
    GROUP BY dataset, trace
)

SELECT
    k.dataset,
    k.trace,
    k.invocations,
    m.mean_in_flight,
    m.p50_in_flight,
    m.p99_in_flight,
    m.max_in_flight,
    r.littles_law_n,
    f.functions,
    f.never_two_share,
    f.function_max,
    k.without_end,
    k.reason
FROM known AS k
LEFT JOIN rates AS r ON k.dataset = r.dataset AND k.trace = r.trace
LEFT JOIN moments AS m ON k.dataset = m.dataset AND k.trace = m.trace
LEFT JOIN functions AS f ON k.dataset = f.dataset AND k.trace = f.trace
ORDER BY k.dataset, k.trace
