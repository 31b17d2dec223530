/* ---
title = "Classes of request rates"
question = "How many functions are called once a day, and how many every second?"
reads = ["function_invocation", "function_rate", "recording"]
uses = ["serverless/_usage"]
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
WITH rated AS (
    SELECT
        dataset,
        trace,
        grain,
        n,
        n / nullif((coalesce(extent_us, max(last_us) OVER spanned - min(first_us) OVER spanned)) / 8.64e10, 0) AS per_day
    FROM (
        SELECT u.*, r.extent_end_us - r.extent_start_us AS extent_us
        FROM _serverless_usage(p_dataset := $dataset, p_trace := $trace, p_by := $by) AS u
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
