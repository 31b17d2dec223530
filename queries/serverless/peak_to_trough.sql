/* ---
title = "Peak to trough"
question = "How far apart are the busiest and the quietest times?"
reads = ["function_invocation", "function_rate", "recording"]
uses = ["serverless/_counts"]
requires = ["function_invocation.started_us | function_rate.value"]
source = "EuroSys 2025, figure 6 (largest peak of the smoothed load over its lowest trough); load is smoothed by taking means over full windows, empty ones included, over what the recording covers where its source says so, else over the cells that it states, zeros among them, else from the first invocation on"
key = ["dataset", "trace", "grain", "smooth_s"]
chart = { kind = "line", x = "smooth_s", y = "peak_to_mean", color = "trace", log = ["x"] }
finding = { pick = "peak_to_trough DESC NULLS LAST", text = "Over windows of {smooth_s} s the load of {dataset}/{trace} has a peak {peak_to_trough} times its trough and {peak_to_mean} times its mean." }
n = { column = "windows", summed = false }

[params.smooth_s]
type = "DOUBLE[]"
default = [60, 3600]
unit = "s"
text = "Window lengths; not shorter than the cells of count data."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
grain = { unit = "name", text = "event: from invocations; count: from counts per minute." }
smooth_s = { unit = "s", text = "Length of the windows." }
windows = { unit = "1", text = "Full windows of what the recording covers, or else between the first and the last invocation (cell)." }
mean_per_min = { unit = "1", text = "Mean invocations per minute." }
peak_per_min = { unit = "1", text = "Invocations per minute in the busiest window." }
trough_per_min = { unit = "1", text = "Invocations per minute in the quietest window." }
peak_to_mean = { unit = "1", text = "Busiest window over the mean." }
peak_to_trough = { unit = "1", text = "Busiest window over the quietest; NULL where that is empty." }
functions = { unit = "1", text = "Functions with an invocation in a full window." }
function_p50 = { unit = "1", text = "Median over functions of peak over trough, of those never idle for a window." }
function_max = { unit = "1", text = "Largest peak over trough of a function that is never idle for a window." }
idle_share = { unit = "ratio", text = "Share of functions with an empty window: their ratio has no limit." }
is_extent_known = { unit = "bool", text = "Whether the windows are those of what the recording covers, by the source's own word." }
--- */
WITH cells AS (
    SELECT
        dataset,
        trace,
        'event' AS grain,
        app_id,
        function_id,
        started_us,
        0 AS width_us,
        1.0 AS n
    FROM function_invocation
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace) AND started_us IS NOT NULL
    UNION ALL
    SELECT
        r.dataset,
        r.trace,
        'count' AS grain,
        r.app_id,
        r.function_id,
        r.started_us,
        CAST(r.width_s * 1000000 AS BIGINT) AS width_us,
        r.value AS n
    FROM _serverless_counts(p_dataset := $dataset, p_trace := $trace) AS r
),

-- A cell of zero is no invocation, but it was recorded.
spans AS (
    SELECT
        c.dataset,
        c.trace,
        c.grain,
        coalesce(any_value(r.extent_start_us), min(c.started_us)) AS first_us,
        coalesce(any_value(r.extent_end_us), max(c.started_us + c.width_us)) AS end_us,
        max(c.width_us) AS width_us,
        any_value(r.extent_end_us) IS NOT NULL AS is_extent_known
    FROM cells AS c
    LEFT JOIN recording AS r ON c.dataset = r.dataset AND c.trace = r.trace
    GROUP BY c.dataset, c.trace, c.grain
),

scales AS (
    SELECT
        e.*,
        s.smooth_s,
        CAST(s.smooth_s * 1000000 AS BIGINT) AS smooth_us,
        (e.end_us - e.first_us) // CAST(s.smooth_s * 1000000 AS BIGINT) AS windows
    FROM spans AS e
    CROSS JOIN (SELECT DISTINCT unnest($smooth_s) AS smooth_s) AS s
    WHERE s.smooth_s > 0 AND s.smooth_s * 1000000 >= e.width_us
),

loads AS (
    SELECT
        c.dataset,
        c.trace,
        c.grain,
        s.smooth_s,
        s.windows,
        s.is_extent_known,
        c.app_id,
        c.function_id,
        (c.started_us - s.first_us) // s.smooth_us AS i,
        sum(c.n) AS n
    FROM cells AS c
    INNER JOIN scales AS s ON c.dataset = s.dataset AND c.trace = s.trace AND c.grain = s.grain
    WHERE c.n > 0 AND c.started_us >= s.first_us AND (c.started_us - s.first_us) // s.smooth_us < s.windows
    GROUP BY c.dataset, c.trace, c.grain, s.smooth_s, s.windows, s.is_extent_known, c.app_id, c.function_id, i
),

whole AS (
    SELECT
        dataset,
        trace,
        grain,
        smooth_s,
        windows,
        any_value(is_extent_known) AS is_extent_known,
        sum(n) / windows AS mean,
        max(n) AS peak,
        CASE WHEN count(*) = windows THEN min(n) ELSE 0 END AS trough
    FROM (
        SELECT dataset, trace, grain, smooth_s, windows, i, sum(n) AS n, any_value(is_extent_known) AS is_extent_known
        FROM loads
        GROUP BY dataset, trace, grain, smooth_s, windows, i
    )
    GROUP BY dataset, trace, grain, smooth_s, windows
),

per_function AS (
    SELECT
        dataset,
        trace,
        grain,
        smooth_s,
        CASE WHEN count(*) = windows THEN max(n) / min(n) END AS ratio
    FROM loads
    GROUP BY dataset, trace, grain, smooth_s, windows, app_id, function_id
),

functions AS (
    SELECT
        dataset,
        trace,
        grain,
        smooth_s,
        count(*) AS functions,
        quantile_cont(ratio, 0.5) AS function_p50,
        max(ratio) AS function_max,
        1 - count(ratio) / count(*) AS idle_share
    FROM per_function
    GROUP BY dataset, trace, grain, smooth_s
)

SELECT
    w.dataset,
    w.trace,
    w.grain,
    w.smooth_s,
    w.windows,
    w.mean * 60 / w.smooth_s AS mean_per_min,
    w.peak * 60 / w.smooth_s AS peak_per_min,
    w.trough * 60 / w.smooth_s AS trough_per_min,
    w.peak / w.mean AS peak_to_mean,
    w.peak / nullif(w.trough, 0) AS peak_to_trough,
    f.functions,
    f.function_p50,
    f.function_max,
    f.idle_share,
    w.is_extent_known
FROM whole AS w
INNER JOIN functions AS f ON w.dataset = f.dataset AND w.trace = f.trace AND w.grain = f.grain AND w.smooth_s = f.smooth_s
ORDER BY w.dataset, w.trace, w.grain, w.smooth_s
