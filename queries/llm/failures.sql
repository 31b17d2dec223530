/* ---
title = "Failed requests over time"
question = "How many requests fail, when, and of which model?"
reads = ["llm_request"]
requires = ["llm_request.is_ok"]
source = "BurstGPT, KDD 2025, doi:10.1145/3711896.3737413 (failures by service); only requests whose outcome is known; windows from the first arrival, the last one as far as it goes"
key = ["dataset", "trace", "group_name", "started_s"]
chart = { kind = "line", x = "elapsed_h", y = "failed_ratio", color = "trace" }
finding = { pick = "failed_ratio DESC NULLS LAST", text = "{dataset}/{trace} fails most in the window that starts at {started_s} s: {failed} of {requests} requests, {failed_ratio:.1%}." }
n = { column = "all_requests", over = ["dataset", "trace", "group_name"] }

[params.by]
type = "VARCHAR"
default = "none"
choices = ["none", "model", "service"]
unit = "name"
text = "What to group by."

[params.window_s]
type = "DOUBLE"
default = 86400
unit = "s"
text = "Window length."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
group_name = { unit = "name", text = "Group, or NULL where nothing is grouped; (unknown) where the source does not say." }
started_s = { unit = "s", text = "Start of the window since the trace's zero." }
elapsed_h = { unit = "h", text = "Hours from the first arrival to the start of the window." }
requests = { unit = "1", text = "Requests that arrived in the window and whose outcome is known." }
failed = { unit = "1", text = "Requests that the source says failed." }
failed_ratio = { unit = "ratio", text = "Failed over requests; a window without requests has no row." }
all_requests = { unit = "1", text = "Requests of the group whose outcome is known." }
--- */
WITH chosen AS (
    SELECT
        dataset,
        trace,
        arrived_us,
        is_ok,
        CASE $by
            WHEN 'model' THEN coalesce(model, '(unknown)')
            WHEN 'service' THEN coalesce(service, '(unknown)')
        END AS group_name
    FROM llm_request
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
        AND arrived_us IS NOT NULL
),

extent AS (
    SELECT
        dataset,
        trace,
        min(arrived_us) AS first_us,
        max(CAST(round($window_s * 1000000) AS BIGINT)) AS window_us
    FROM chosen
    GROUP BY dataset, trace
)

SELECT
    c.dataset,
    c.trace,
    c.group_name,
    (e.first_us + (c.arrived_us - e.first_us) // e.window_us * e.window_us) / 1e6 AS started_s,
    (c.arrived_us - e.first_us) // e.window_us * e.window_us / 3.6e9 AS elapsed_h,
    count(*) AS requests,
    count(*) FILTER (WHERE NOT c.is_ok) AS failed,
    count(*) FILTER (WHERE NOT c.is_ok) / count(*) AS failed_ratio,
    CAST(sum(count(*)) OVER (PARTITION BY c.dataset, c.trace, c.group_name) AS BIGINT) AS all_requests
FROM chosen AS c
INNER JOIN extent AS e ON c.dataset = e.dataset AND c.trace = e.trace
WHERE c.is_ok IS NOT NULL AND e.window_us > 0
GROUP BY c.dataset, c.trace, c.group_name, started_s, elapsed_h
ORDER BY c.dataset, c.trace, c.group_name NULLS FIRST, started_s
