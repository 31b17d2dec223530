/* ---
title = "Keep-alive"
question = "How many cold starts does a keep-alive time leave, and what does it cost in idle time?"
reads = ["function_invocation", "function_rate"]
uses = ["serverless/_counts"]
requires = ["function_invocation.started_us | function_rate.value"]
source = "Shahrad et al., ATC 2020 (fixed keep-alive); rules arrival, idle and single are defined in docs/definitions.md"
key = ["dataset", "trace", "grain", "rule", "keepalive_s"]
chart = { kind = "line", x = "keepalive_s", y = "cold_ratio", color = "trace", dash = "rule", log = ["x"] }
finding = { pick = "invocations DESC, keepalive_s DESC, rule", text = "Kept alive for {keepalive_s} s, {cold_ratio:.1%} of the {invocations} invocations of {dataset}/{trace} are cold (rule {rule}), at {warm_idle_s} s of idle time." }
n = { column = "invocations", over = ["dataset", "trace", "grain"] }

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
grain = { unit = "name", text = "event: rows are invocations; count: rows are minutes with invocations, and a cold start is a cold minute." }
without_end = { unit = "1", text = "Invocations with neither an end after their start nor a duration: they are taken to end as they start. Where all of a trace are such, idle and single have no answer, and idle time is unknown." }
reason = { unit = "text", text = "Why there is no answer; NULL where there is one." }
--- */
WITH dictionary AS (
    SELECT
        dataset,
        trace,
        app_id,
        function_id,
        CAST(row_number() OVER (ORDER BY dataset, trace, app_id, function_id) AS INTEGER) AS key,
        CAST(dense_rank() OVER (ORDER BY dataset, trace) AS INTEGER) AS recording
    FROM (
        SELECT DISTINCT
            dataset,
            trace,
            app_id,
            CASE WHEN $by = 'function' THEN function_id END AS function_id
        FROM function_invocation
        WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
    )
),

-- What is sorted below is four numbers wide, whatever the keys look like.
chosen AS (
    SELECT
        d.recording,
        d.key,
        i.started_us,
        CASE
            WHEN i.ended_us >= i.started_us THEN i.ended_us
            WHEN i.duration_s BETWEEN 0 AND 1e12 THEN i.started_us + CAST(round(i.duration_s * 1e6) AS BIGINT)
            ELSE i.started_us
        END AS ended_us,
        coalesce(i.ended_us >= i.started_us, FALSE) OR coalesce(i.duration_s BETWEEN 0 AND 1e12, FALSE) AS has_end,
        i.source_row
    FROM function_invocation AS i
    INNER JOIN dictionary AS d
        ON
            i.dataset = d.dataset AND i.trace = d.trace AND i.app_id IS NOT DISTINCT FROM d.app_id
            AND CASE WHEN $by = 'function' THEN i.function_id END IS NOT DISTINCT FROM d.function_id
    WHERE i.started_us IS NOT NULL
),

extent AS (
    SELECT
        recording,
        max(ended_us) AS end_us,
        bool_or(has_end) AS has_ends,
        count(*) FILTER (WHERE NOT has_end) AS without_end
    FROM chosen
    GROUP BY recording
),

in_order AS (
    SELECT
        recording,
        key,
        ended_us,
        started_us - lag(started_us) OVER before AS arrival_gap_us,
        started_us - max(ended_us) OVER (before ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS idle_gap_us
    FROM chosen
    WHERE $rule != 'single'
    WINDOW before AS (PARTITION BY key ORDER BY started_us, source_row)
),

-- One request per instance: an end frees an instance, a start takes the one freed last. Ends and starts are brackets:
-- the instance taken is the bracket opened last at the same depth. An invocation of zero length starts before it ends;
-- at equal instants the ends of others come first.
brackets AS (
    SELECT recording, key, started_us AS at_us, 1 AS phase, source_row, 0 AS is_end
    FROM chosen
    WHERE $rule IN ('all', 'single')
    UNION ALL
    SELECT recording, key, ended_us AS at_us, CASE WHEN ended_us > started_us THEN 0 ELSE 1 END AS phase, source_row, 1 AS is_end
    FROM chosen
    WHERE $rule IN ('all', 'single')
),

depths AS (
    SELECT
        recording,
        key,
        at_us,
        is_end,
        CAST(row_number() OVER so_far AS INTEGER) AS position,
        CAST(sum(2 * is_end - 1) OVER so_far + 1 - is_end AS INTEGER) AS depth
    FROM brackets
    WINDOW so_far AS (
        PARTITION BY key ORDER BY at_us, phase, source_row, is_end ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
),

matched AS (
    SELECT
        recording,
        at_us,
        is_end,
        lag(CASE WHEN is_end = 1 THEN at_us END) OVER same_depth AS freed_us,
        lead(is_end) OVER same_depth AS next_is_end
    FROM depths
    WINDOW same_depth AS (PARTITION BY key, depth ORDER BY position)
),

-- gap_us decides between warm and cold; idle_us is how long the instance waited, to its next use or to the end of the trace.
waits AS (
    SELECT recording, 'arrival' AS rule, 1 AS starts, arrival_gap_us AS gap_us, greatest(idle_gap_us, 0) AS idle_us
    FROM in_order
    WHERE $rule IN ('all', 'arrival')
    UNION ALL
    SELECT recording, 'idle' AS rule, 1 AS starts, idle_gap_us AS gap_us, greatest(idle_gap_us, 0) AS idle_us
    FROM in_order
    WHERE $rule IN ('all', 'idle')
    UNION ALL
    SELECT l.recording, r.rule, 0 AS starts, NULL AS gap_us, e.end_us - l.ended_us AS idle_us
    FROM (SELECT recording, key, max(ended_us) AS ended_us FROM in_order GROUP BY recording, key) AS l
    INNER JOIN extent AS e ON l.recording = e.recording
    CROSS JOIN (SELECT unnest(['arrival', 'idle']) AS rule) AS r
    WHERE $rule IN ('all', r.rule)
    UNION ALL
    SELECT recording, 'single' AS rule, 1 AS starts, at_us - freed_us AS gap_us, at_us - freed_us AS idle_us
    FROM matched
    WHERE is_end = 0
    UNION ALL
    SELECT m.recording, 'single' AS rule, 0 AS starts, NULL AS gap_us, e.end_us - m.at_us AS idle_us
    FROM matched AS m
    INNER JOIN extent AS e ON m.recording = e.recording
    WHERE m.is_end = 1 AND m.next_is_end IS NULL
),

-- Minutes with invocations: idle time runs from minute to minute, and minutes without a row are zero.
cells AS (
    SELECT
        r.dataset,
        r.trace,
        r.app_id,
        CASE WHEN $by = 'function' THEN r.function_id END AS function_id,
        r.started_us,
        sum(r.value) AS invocations
    FROM _serverless_counts(p_dataset := $dataset, p_trace := $trace) AS r
    WHERE r.value > 0 AND $rule IN ('all', 'arrival')
    GROUP BY ALL
),

cell_waits AS (
    SELECT
        dataset,
        trace,
        invocations,
        1 AS starts,
        started_us - lag(started_us) OVER before AS gap_us,
        started_us - lag(started_us) OVER before AS idle_us
    FROM cells
    WINDOW before AS (PARTITION BY dataset, trace, app_id, function_id ORDER BY started_us)
    UNION ALL
    SELECT
        dataset,
        trace,
        0 AS invocations,
        0 AS starts,
        NULL AS gap_us,
        max(max(started_us)) OVER (PARTITION BY dataset, trace) - max(started_us) AS idle_us
    FROM cells
    GROUP BY dataset, trace, app_id, function_id
),

kept AS (
    SELECT
        w.recording,
        w.rule,
        k.seconds,
        sum(w.starts) AS invocations,
        count(*) FILTER (WHERE w.starts = 1 AND (w.gap_us IS NULL OR w.gap_us > k.seconds * 1e6)) AS cold_starts,
        coalesce(sum(least(coalesce(w.idle_us, 0) / 1e6, k.seconds)), 0) AS warm_idle_s
    FROM waits AS w
    CROSS JOIN (SELECT unnest($keepalive_s) AS seconds) AS k
    GROUP BY w.recording, w.rule, k.seconds
)

SELECT
    d.dataset,
    d.trace,
    k.rule,
    k.seconds AS keepalive_s,
    CAST(k.invocations AS BIGINT) AS invocations,
    CASE WHEN e.has_ends OR k.rule = 'arrival' THEN k.cold_starts END AS cold_starts,
    CASE WHEN e.has_ends OR k.rule = 'arrival' THEN k.cold_starts / nullif(k.invocations, 0) END AS cold_ratio,
    CASE WHEN e.has_ends THEN k.warm_idle_s END AS warm_idle_s,
    'event' AS grain,
    e.without_end,
    CASE WHEN NOT e.has_ends THEN 'no invocation has an end or a duration' END AS reason
FROM kept AS k
INNER JOIN (SELECT DISTINCT recording, dataset, trace FROM dictionary) AS d ON k.recording = d.recording
INNER JOIN extent AS e ON k.recording = e.recording
UNION ALL
SELECT
    c.dataset,
    c.trace,
    'arrival' AS rule,
    k.seconds AS keepalive_s,
    CAST(sum(c.invocations) AS BIGINT) AS invocations,
    count(*) FILTER (WHERE c.starts = 1 AND (c.gap_us IS NULL OR c.gap_us > k.seconds * 1e6)) AS cold_starts,
    count(*) FILTER (WHERE c.starts = 1 AND (c.gap_us IS NULL OR c.gap_us > k.seconds * 1e6)) / nullif(sum(c.invocations), 0) AS cold_ratio,
    coalesce(sum(least(coalesce(c.idle_us, 0) / 1e6, k.seconds)), 0) AS warm_idle_s,
    'count' AS grain,
    NULL AS without_end,
    NULL AS reason
FROM cell_waits AS c
CROSS JOIN (SELECT unnest($keepalive_s) AS seconds) AS k
GROUP BY c.dataset, c.trace, k.seconds
ORDER BY dataset, trace, rule, keepalive_s, grain
