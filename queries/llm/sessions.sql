/* ---
title = "Sessions and turns"
question = "How long do conversations last, and how long do users pause between turns?"
reads = ["llm_request"]
requires = ["llm_request.session_id"]
source = "ServeGen, arXiv 2505.09999 (turns and inter-turn times of multi-turn requests); a turn is a request with a session id, gaps are arrival to next arrival of the session"
key = ["dataset", "trace"]
chart = { kind = "bar", x = "turns_mean", y = "trace", color = "dataset" }
finding = { pick = "turns_mean DESC NULLS LAST", text = "{dataset}/{trace} has the longest conversations: {turns_mean} turns on average, at most {turns_max}; {single_turn_share:.0%} have a single turn, and the median pause is {gap_p50_s} s." }
n = { column = "sessions" }

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
requests_with_session = { unit = "1", text = "Requests that carry a session id." }
sessions = { unit = "1", text = "Distinct session ids." }
turns_mean = { unit = "1", text = "Mean turns per session." }
turns_p50 = { unit = "1", text = "Median turns per session." }
turns_p90 = { unit = "1", text = "90th percentile of turns per session." }
turns_p99 = { unit = "1", text = "99th percentile of turns per session." }
turns_max = { unit = "1", text = "Turns of the longest session." }
single_turn_share = { unit = "ratio", text = "Sessions with one turn over all sessions." }
gap_mean_s = { unit = "s", text = "Mean time from an arrival to the session's next arrival." }
gap_p50_s = { unit = "s", text = "Median time from an arrival to the session's next arrival." }
gap_p90_s = { unit = "s", text = "90th percentile of the time from an arrival to the session's next arrival." }
gap_p99_s = { unit = "s", text = "99th percentile of the time from an arrival to the session's next arrival." }
gaps = { unit = "1", text = "Pairs of consecutive arrivals of a session." }
requests_without_session = { unit = "1", text = "Requests of the trace without a session id; they are in no other column." }
--- */
WITH turns AS (
    SELECT
        dataset,
        trace,
        session_id,
        arrived_us - lag(arrived_us) OVER (
            PARTITION BY dataset, trace, session_id, arrived_us IS NULL ORDER BY arrived_us, source_row
        ) AS gap_us
    FROM llm_request
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
        AND session_id IS NOT NULL
),

gaps AS (
    SELECT
        dataset,
        trace,
        count(*) AS requests,
        count(gap_us) AS gaps,
        avg(gap_us) / 1e6 AS mean_s,
        quantile_cont(gap_us / 1e6, [0.5, 0.9, 0.99]) AS quantiles_s
    FROM turns
    GROUP BY dataset, trace
),

sessions AS (
    SELECT
        dataset,
        trace,
        count(*) AS sessions,
        avg(turns) AS turns_mean,
        quantile_cont(turns, [0.5, 0.9, 0.99]) AS quantiles,
        max(turns) AS turns_max,
        count(*) FILTER (WHERE turns = 1) / count(*) AS single_turn_share
    FROM (
        SELECT
            dataset,
            trace,
            session_id,
            count(*) AS turns
        FROM turns
        GROUP BY dataset, trace, session_id
    )
    GROUP BY dataset, trace
),

others AS (
    SELECT
        dataset,
        trace,
        count(*) AS requests
    FROM llm_request
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
        AND session_id IS NULL
    GROUP BY dataset, trace
)

SELECT
    s.dataset,
    s.trace,
    g.requests AS requests_with_session,
    s.sessions,
    s.turns_mean,
    s.quantiles[1] AS turns_p50,
    s.quantiles[2] AS turns_p90,
    s.quantiles[3] AS turns_p99,
    s.turns_max,
    s.single_turn_share,
    g.mean_s AS gap_mean_s,
    g.quantiles_s[1] AS gap_p50_s,
    g.quantiles_s[2] AS gap_p90_s,
    g.quantiles_s[3] AS gap_p99_s,
    g.gaps,
    coalesce(o.requests, 0) AS requests_without_session
FROM sessions AS s
INNER JOIN gaps AS g ON s.dataset = g.dataset AND s.trace = g.trace
LEFT JOIN others AS o ON s.dataset = o.dataset AND s.trace = o.trace
ORDER BY s.dataset, s.trace
