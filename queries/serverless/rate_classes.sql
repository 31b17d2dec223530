/* ---
title = "Classes of request rates"
question = "How many functions are called once a day, and how many every second?"
reads = ["function_invocation", "function_rate", "recording"]
requires = ["function_invocation.function_id | function_rate.value"]
source = "Shahrad et al., ATC 2020 (at most once an hour, once a minute); EuroSys 2025 (at least one request a minute); rates are over what the recording covers where its source says so, else over the trace's span"
key = ["dataset", "trace", "grain", "class"]
chart = { kind = "stacked_bar", x = "keys_share", y = "trace", color = "class" }
finding = { pick = "CASE WHEN class = '3: up to one a minute' AND all_keys >= 10 THEN up_to_share END DESC NULLS LAST", text = "In {dataset}/{trace} {up_to_share:.1%} of {all_keys} are called at most once a minute." }
n = { column = "keys" }

[params.by]
type = "VARCHAR"
default = "function"
choices = ["function", "app", "user"]
unit = "name"
text = "What is counted; traces that do not name it are left out."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
grain = { unit = "name", text = "event: from invocations; count: from counts per minute." }
class = { unit = "name", text = "Rate over what the recording covers, or else over the trace's span." }
keys = { unit = "1", text = "Functions (applications, users) of the class." }
keys_share = { unit = "ratio", text = "Their share of those with an invocation." }
up_to_share = { unit = "ratio", text = "Share of those with at most the class's rate." }
invocations_share = { unit = "ratio", text = "Share of the invocations that they make." }
all_keys = { unit = "1", text = "Functions (applications, users) with an invocation." }
--- */
WITH widths AS (
    SELECT
        dataset,
        trace,
        max(width_s) AS width_s
    FROM function_rate
    WHERE metric = 'invocations' AND stat = 'sum' AND dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
    GROUP BY dataset, trace
),

usage AS (
    SELECT
        dataset,
        trace,
        'event' AS grain,
        CASE $by
            WHEN 'function' THEN coalesce(app_id, '') || '/' || function_id
            WHEN 'app' THEN app_id
            WHEN 'user' THEN user_id
        END AS key,
        CAST(count(*) AS DOUBLE) AS n,
        min(started_us) AS first_us,
        max(started_us) AS last_us
    FROM function_invocation
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
    GROUP BY dataset, trace, key
    UNION ALL
    SELECT
        r.dataset,
        r.trace,
        'count' AS grain,
        CASE $by
            WHEN 'function' THEN coalesce(r.app_id, '') || '/' || r.function_id
            WHEN 'app' THEN r.app_id
            WHEN 'user' THEN r.user_id
        END AS key,
        sum(r.value) AS n,
        min(r.started_us) AS first_us,
        max(r.started_us + w.width_s * 1000000) AS last_us
    FROM function_rate AS r
    INNER JOIN widths AS w ON r.dataset = w.dataset AND r.trace = w.trace AND r.width_s = w.width_s
    WHERE r.metric = 'invocations' AND r.stat = 'sum'
    GROUP BY r.dataset, r.trace, key
),

rated AS (
    SELECT
        dataset,
        trace,
        grain,
        n,
        n / nullif((coalesce(extent_us, max(last_us) OVER spanned - min(first_us) OVER spanned)) / 8.64e10, 0) AS per_day
    FROM (
        SELECT u.*, r.extent_end_us - r.extent_start_us AS extent_us
        FROM usage AS u
        LEFT JOIN recording AS r ON u.dataset = r.dataset AND u.trace = r.trace
    )
    WHERE key IS NOT NULL AND n > 0
    WINDOW spanned AS (PARTITION BY dataset, trace, grain)
),

classes AS (
    SELECT
        dataset,
        trace,
        grain,
        CASE
            WHEN per_day <= 1 THEN '1: up to one a day'
            WHEN per_day <= 24 THEN '2: up to one an hour'
            WHEN per_day <= 1440 THEN '3: up to one a minute'
            WHEN per_day <= 86400 THEN '4: up to one a second'
            ELSE '5: more than one a second'
        END AS class,
        count(*) AS keys,
        sum(n) AS n
    FROM rated
    WHERE per_day IS NOT NULL
    GROUP BY dataset, trace, grain, class
)

SELECT
    dataset,
    trace,
    grain,
    class,
    keys,
    keys / sum(keys) OVER whole AS keys_share,
    sum(keys) OVER (PARTITION BY dataset, trace, grain ORDER BY class) / sum(keys) OVER whole AS up_to_share,
    n / sum(n) OVER whole AS invocations_share,
    CAST(sum(keys) OVER whole AS BIGINT) AS all_keys
FROM classes
WINDOW whole AS (PARTITION BY dataset, trace, grain)
ORDER BY dataset, trace, grain, class
