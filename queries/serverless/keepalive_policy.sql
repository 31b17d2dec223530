/* ---
title = "Keep-alive policies"
question = "What does a keep-alive policy cost, and how many cold starts does it leave?"
reads = ["function_invocation", "function_rate", "function_profile"]
uses = ["serverless/_counts"]
requires = ["function_invocation.ended_us | function_rate.value"]
compute = "policies.compare"
source = "Shahrad et al., ATC 2020, sections 4.2 and 5 (fixed keep-alive; hybrid histogram policy: idle times in 240 bins of a minute, pre-warming at the 5th percentile less 10 %, kept to the 99th plus 10 %, a fixed keep-alive of four hours until the bins' coefficient of variation reaches 2). Its ARIMA branch for idle times beyond four hours is not simulated: those get the fixed keep-alive"
key = ["dataset", "trace", "grain", "policy", "keepalive_s"]
chart = { kind = "line", x = "idle_s", y = "cold_ratio", color = "trace", dash = "policy", log = ["x"] }
finding = { pick = "CASE WHEN policy = 'hybrid' THEN invocations END DESC NULLS LAST", text = "The hybrid histogram policy leaves {cold_ratio:.1%} of the {invocations} invocations of {dataset}/{trace} cold, at {idle_s} s of idle warm time." }
n = { column = "invocations", over = ["dataset", "trace", "grain"] }

[params.keepalive_s]
type = "DOUBLE[]"
default = [60, 300, 600, 1200, 3600]
unit = "s"
text = "Keep-alive times of the fixed policy."

[params.by]
type = "VARCHAR"
default = "function"
choices = ["function", "app"]
unit = "name"
text = "What is kept alive; Azure keeps applications."

[params.memory_mb]
type = "DOUBLE"
default = 170
unit = "MB"
text = "Memory of a key where none is published; 170 MB is the median of applications' maxima (Shahrad et al.)."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
grain = { unit = "name", text = "event: from invocations; count: from counts per minute." }
policy = { unit = "name", text = "fixed or hybrid." }
keepalive_s = { unit = "s", text = "Keep-alive time of the fixed policy; NULL for hybrid." }
invocations = { unit = "1", text = "Invocations." }
cold_starts = { unit = "1", text = "Invocations (minutes, for counts) that find nothing warm; the first of a key is one." }
cold_ratio = { unit = "ratio", text = "Cold starts over invocations." }
idle_s = { unit = "s", text = "Time that keys are warm and idle, to the end of the trace; for counts from minute to minute." }
idle_gb_s = { unit = "GB-s", text = "The same times the key's memory." }
prewarm_share = { unit = "ratio", text = "Share of invocations after which the key was unloaded at once, to be loaded again before its next start is due." }
keys = { unit = "1", text = "Functions or applications." }
assumed_memory = { unit = "1", text = "Keys whose memory is assumed." }
--- */
WITH profile AS (
    SELECT
        dataset,
        trace,
        app_id,
        CASE WHEN $by = 'function' THEN function_id END AS function_id,
        max(coalesce(memory_mean_mb, memory_mb)) AS memory_mb
    FROM function_profile
    WHERE dataset = coalesce($dataset, dataset)
    GROUP BY ALL
),

uses AS (
    SELECT
        dataset,
        trace,
        'event' AS grain,
        app_id,
        CASE WHEN $by = 'function' THEN function_id END AS function_id,
        started_us,
        greatest(ended_us, started_us) AS ended_us,
        1.0 AS n,
        memory_mb,
        source_row
    FROM function_invocation
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace) AND started_us IS NOT NULL
    UNION ALL
    SELECT
        r.dataset,
        r.trace,
        'count' AS grain,
        r.app_id,
        CASE WHEN $by = 'function' THEN r.function_id END AS function_id,
        r.started_us,
        r.started_us AS ended_us,
        sum(r.value) AS n,
        CAST(NULL AS DOUBLE) AS memory_mb,
        min(r.source_row) AS source_row
    FROM _serverless_counts(p_dataset := $dataset, p_trace := $trace) AS r
    WHERE r.value > 0
    GROUP BY r.dataset, r.trace, r.app_id, CASE WHEN $by = 'function' THEN r.function_id END, r.started_us
),

memories AS (
    SELECT
        u.dataset,
        u.trace,
        u.grain,
        u.app_id,
        u.function_id,
        row_number() OVER (ORDER BY u.dataset, u.trace, u.grain, u.app_id, u.function_id) AS key,
        coalesce(max(u.memory_mb), max(p.memory_mb)) AS memory_mb
    FROM uses AS u
    LEFT JOIN profile AS p
        ON
            u.dataset = p.dataset AND (u.trace = p.trace OR p.trace IS NULL)
            AND u.app_id IS NOT DISTINCT FROM p.app_id AND u.function_id IS NOT DISTINCT FROM p.function_id
    GROUP BY u.dataset, u.trace, u.grain, u.app_id, u.function_id
)

SELECT
    u.dataset,
    u.trace,
    u.grain,
    m.key,
    u.started_us,
    u.ended_us,
    u.n,
    m.memory_mb
FROM uses AS u
INNER JOIN memories AS m
    ON
        u.dataset = m.dataset AND u.trace = m.trace AND u.grain = m.grain
        AND u.app_id IS NOT DISTINCT FROM m.app_id AND u.function_id IS NOT DISTINCT FROM m.function_id
ORDER BY u.dataset, u.trace, u.grain, m.key, u.started_us, u.source_row
