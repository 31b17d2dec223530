/* ---
title = "Pre-warming what is regular"
question = "How many cold starts of timers can be foreseen?"
reads = ["function_invocation", "function_profile"]
requires = ["function_invocation.started_us"]
source = "Shahrad et al., ATC 2020 (timers are predictable); EuroSys 2025, section 6 (pre-warming for timers). What if: where a function's last two gaps differ by tolerance_s at most and the last is longer than keep-alive and tolerance together, an instance is made ready tolerance_s before the next start is due, and kept until tolerance_s after; both limits included, in whole microseconds"
key = ["dataset", "trace"]
chart = { kind = "range", x = "cold_starts_left", x2 = "cold_starts", y = "trace", color = "dataset" }
finding = { pick = "avoided_share DESC NULLS LAST", text = "Pre-warming on time avoids {avoided_share:.0%} of the {cold_starts} cold starts of {dataset}/{trace}, at {idle_s} s of idle time; {hit_share:.0%} of its guesses are right." }
n = { column = "invocations" }

[params.keepalive_s]
type = "DOUBLE"
default = 60
unit = "s"
text = "Keep-alive time beside it: gap between starts."

[params.tolerance_s]
type = "DOUBLE"
default = 1
unit = "s"
text = "How far two gaps may differ, how early an instance is ready and how long after the due start it is kept, all three alike. 1 s is the jitter of a timer's start; ten times as much foresees sloppier schedules, and its instances wait up to ten times as long."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
invocations = { unit = "1", text = "Invocations." }
cold_starts = { unit = "1", text = "Cold starts with the keep-alive alone." }
cold_starts_left = { unit = "1", text = "Cold starts with pre-warming as well." }
avoided_share = { unit = "ratio", text = "Share of cold starts that pre-warming avoids." }
prewarms = { unit = "1", text = "Instances made ready." }
hit_share = { unit = "ratio", text = "Share of them that were used; those still due at the end of the trace are not counted." }
idle_s = { unit = "s", text = "Time that pre-warmed instances wait: up to their use, or twice the tolerance." }
keepalive_idle_s = { unit = "s", text = "Gap time during which the keep-alive holds instances, for comparison." }
timer_cold_starts = { unit = "1", text = "Cold starts with the keep-alive alone of functions that have a timer; NULL where no trigger is published." }
timer_avoided_share = { unit = "ratio", text = "Share of those that pre-warming avoids." }
--- */
WITH limits AS (
    -- Whole microseconds: 70.1 s less 69.1 s is more than one as floating point has it.
    SELECT CAST(round($keepalive_s * 1e6) AS BIGINT) AS keep_us, CAST(round($tolerance_s * 1e6) AS BIGINT) AS near_us
),

gaps AS (
    SELECT
        dataset,
        trace,
        app_id,
        function_id,
        started_us,
        source_row,
        started_us - lag(started_us) OVER before AS gap_us
    FROM function_invocation
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace) AND started_us IS NOT NULL
    WINDOW before AS (PARTITION BY dataset, trace, app_id, function_id ORDER BY started_us, source_row)
),

guesses AS (
    SELECT
        *,
        gap_us IS NULL OR gap_us > keep_us AS is_cold,
        CASE
            WHEN abs(lag(gap_us, 1) OVER before - lag(gap_us, 2) OVER before) <= near_us
                AND lag(gap_us, 1) OVER before > keep_us + near_us
                THEN lag(gap_us, 1) OVER before
        END AS due_us
    FROM gaps
    CROSS JOIN limits
    WINDOW before AS (PARTITION BY dataset, trace, app_id, function_id ORDER BY started_us, source_row)
),

timers AS (
    SELECT
        dataset,
        trace,
        app_id,
        function_id,
        bool_or(lower(trigger) LIKE '%timer%') AS is_timer
    FROM function_profile
    WHERE trigger IS NOT NULL
    GROUP BY dataset, trace, app_id, function_id
),

-- An instance is ready in [due - tolerance, due + tolerance]; an earlier start takes none, and the guess is spent.
judged AS (
    SELECT
        g.dataset,
        g.trace,
        g.is_cold,
        t.is_timer,
        g.due_us IS NOT NULL AS is_guessed,
        coalesce(abs(g.gap_us - g.due_us) <= g.near_us, FALSE) AS is_hit,
        CASE WHEN g.due_us IS NOT NULL THEN greatest(least(g.gap_us - g.due_us + g.near_us, 2 * g.near_us), 0) / 1e6 END AS idle_s,
        least(g.gap_us, g.keep_us) / 1e6 AS keepalive_idle_s
    FROM guesses AS g
    LEFT JOIN timers AS t
        ON
            g.dataset = t.dataset AND (g.trace = t.trace OR t.trace IS NULL)
            AND g.app_id IS NOT DISTINCT FROM t.app_id AND g.function_id = t.function_id
)

SELECT
    dataset,
    trace,
    count(*) AS invocations,
    count(*) FILTER (WHERE is_cold) AS cold_starts,
    count(*) FILTER (WHERE is_cold AND NOT is_hit) AS cold_starts_left,
    count(*) FILTER (WHERE is_cold AND is_hit) / nullif(count(*) FILTER (WHERE is_cold), 0) AS avoided_share,
    count(*) FILTER (WHERE is_guessed) AS prewarms,
    count(*) FILTER (WHERE is_hit) / nullif(count(*) FILTER (WHERE is_guessed), 0) AS hit_share,
    coalesce(sum(idle_s), 0) AS idle_s,
    coalesce(sum(keepalive_idle_s), 0) AS keepalive_idle_s,
    CASE WHEN count(is_timer) > 0 THEN count(*) FILTER (WHERE is_cold AND is_timer) END AS timer_cold_starts,
    count(*) FILTER (WHERE is_cold AND is_timer AND is_hit) / nullif(count(*) FILTER (WHERE is_cold AND is_timer), 0) AS timer_avoided_share
FROM judged
GROUP BY dataset, trace
ORDER BY dataset, trace
