/* ---
title = "Keep-alive"
question = "How many cold starts does a keep-alive time leave, and what does it cost in idle time?"
reads = ["function_invocation"]
requires = ["function_invocation.started_us", "function_invocation.ended_us"]
source = "Shahrad et al., ATC 2020 (fixed keep-alive); rules arrival, idle and single are defined in docs/definitions.md"
chart = { kind = "line", x = "keepalive_s", y = "cold_ratio", color = "trace", dash = "rule", log = ["x"] }
finding = { pick = "invocations DESC, keepalive_s DESC, rule", text = "Kept alive for {keepalive_s} s, {cold_ratio:.1%} of the {invocations} invocations of {dataset}/{trace} are cold (rule {rule}), at {warm_idle_s} s of idle time." }
n = "invocations"

[params.keepalive_s]
type = "DOUBLE[]"
default = [60, 600]
unit = "s"
text = "Keep-alive times."

[params.rule]
type = "VARCHAR"
default = "all"
choices = ["all", "arrival", "idle", "single"]
unit = "name"
text = "What the time counts from."

[params.by]
type = "VARCHAR"
default = "function"
choices = ["function", "app"]
unit = "name"
text = "What is kept alive."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
rule = { unit = "name", text = "arrival: gap between starts; idle: since the latest end; single: one request per instance." }
keepalive_s = { unit = "s", text = "Keep-alive time." }
invocations = { unit = "1", text = "Invocations." }
cold_starts = { unit = "1", text = "Invocations that find nothing warm." }
cold_ratio = { unit = "ratio", text = "Cold starts over invocations." }
warm_idle_s = { unit = "s", text = "Time that instances are warm and idle, to the end of the trace." }
--- */
WITH chosen AS (
    SELECT
        dataset,
        trace,
        app_id,
        CASE WHEN $by = 'function' THEN function_id END AS function_id,
        started_us,
        coalesce(ended_us, started_us) AS ended_us,
        source_row,
        max(ended_us) OVER (PARTITION BY dataset, trace) AS trace_end_us
    FROM function_invocation
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
        AND started_us IS NOT NULL
),

in_order AS (
    SELECT
        *,
        started_us - lag(started_us) OVER before AS arrival_gap_us,
        started_us - max(ended_us) OVER (before ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS idle_gap_us
    FROM chosen
    WINDOW before AS (PARTITION BY dataset, trace, app_id, function_id ORDER BY started_us, source_row)
),

-- One request per instance: an end frees an instance, a start takes the one freed last. Ends and starts are brackets:
-- the instance taken is the bracket opened last at the same depth. An invocation of zero length starts before it ends;
-- at equal instants the ends of others come first.
brackets AS (
    SELECT
        dataset, trace, app_id, function_id, trace_end_us, started_us AS at_us, 1 AS phase, source_row, 0 AS is_end
    FROM chosen
    WHERE $rule IN ('all', 'single')
    UNION ALL
    SELECT
        dataset, trace, app_id, function_id, trace_end_us, ended_us AS at_us,
        CASE WHEN ended_us > started_us THEN 0 ELSE 1 END AS phase, source_row, 1 AS is_end
    FROM chosen
    WHERE $rule IN ('all', 'single')
),

depths AS (
    SELECT
        *,
        sum(2 * is_end - 1) OVER so_far + CASE WHEN is_end = 1 THEN 0 ELSE 1 END AS depth
    FROM brackets
    WINDOW so_far AS (
        PARTITION BY dataset, trace, app_id, function_id ORDER BY at_us, phase, source_row, is_end
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
),

matched AS (
    SELECT
        *,
        lag(CASE WHEN is_end = 1 THEN at_us END) OVER same_depth AS freed_us,
        lead(is_end) OVER same_depth AS next_is_end
    FROM depths
    WINDOW same_depth AS (
        PARTITION BY dataset, trace, app_id, function_id, depth ORDER BY at_us, phase, source_row, is_end
    )
),

-- gap_us decides between warm and cold; idle_us is how long the instance waited, to its next use or to the end of the trace.
waits AS (
    SELECT dataset, trace, 'arrival' AS rule, TRUE AS is_start, arrival_gap_us AS gap_us, greatest(idle_gap_us, 0) AS idle_us
    FROM in_order
    WHERE $rule IN ('all', 'arrival')
    UNION ALL
    SELECT dataset, trace, 'idle' AS rule, TRUE AS is_start, idle_gap_us AS gap_us, greatest(idle_gap_us, 0) AS idle_us
    FROM in_order
    WHERE $rule IN ('all', 'idle')
    UNION ALL
    SELECT dataset, trace, r.rule, FALSE AS is_start, NULL AS gap_us, any_value(trace_end_us) - max(ended_us) AS idle_us
    FROM in_order
    CROSS JOIN (SELECT unnest(['arrival', 'idle']) AS rule) AS r
    WHERE $rule IN ('all', r.rule)
    GROUP BY dataset, trace, app_id, function_id, r.rule
    UNION ALL
    SELECT dataset, trace, 'single' AS rule, TRUE AS is_start, at_us - freed_us AS gap_us, at_us - freed_us AS idle_us
    FROM matched
    WHERE is_end = 0
    UNION ALL
    SELECT dataset, trace, 'single' AS rule, FALSE AS is_start, NULL AS gap_us, trace_end_us - at_us AS idle_us
    FROM matched
    WHERE is_end = 1 AND next_is_end IS NULL
)

SELECT
    w.dataset,
    w.trace,
    w.rule,
    k.seconds AS keepalive_s,
    count(*) FILTER (WHERE w.is_start) AS invocations,
    count(*) FILTER (WHERE w.is_start AND (w.gap_us IS NULL OR w.gap_us > k.seconds * 1e6)) AS cold_starts,
    count(*) FILTER (WHERE w.is_start AND (w.gap_us IS NULL OR w.gap_us > k.seconds * 1e6))
    / nullif(count(*) FILTER (WHERE w.is_start), 0) AS cold_ratio,
    coalesce(sum(least(coalesce(w.idle_us, 0) / 1e6, k.seconds)), 0) AS warm_idle_s
FROM waits AS w
CROSS JOIN (SELECT unnest($keepalive_s) AS seconds) AS k
GROUP BY w.dataset, w.trace, w.rule, k.seconds
ORDER BY w.dataset, w.trace, w.rule, k.seconds
