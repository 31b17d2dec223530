/* ---
title = "Use of functions"
question = "How many invocations does each function, application or user make, and when?"
reads = ["function_invocation", "function_rate"]
uses = ["serverless/_counts"]
source = "Shahrad et al., ATC 2020 (popularity)"

[params.by]
type = "VARCHAR"
default = "function"
choices = ["function", "app", "user"]
unit = "name"
text = "What is counted; of traces that do not name it the key is NULL."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
grain = { unit = "name", text = "event: from invocations; count: from counts per minute." }
key = { unit = "id", text = "Function (with its application), application or user." }
n = { unit = "1", text = "Invocations." }
first_us = { unit = "us", text = "First of them." }
last_us = { unit = "us", text = "Last of them, or the end of its cell." }
--- */
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
    max(r.started_us + r.width_s * 1000000) AS last_us
FROM _serverless_counts(p_dataset := $dataset, p_trace := $trace) AS r
GROUP BY r.dataset, r.trace, key
