/* ---
title = "Cold starts by gap"
question = "After how long a pause is an invocation cold?"
reads = ["function_invocation", "cold_start"]
requires = ["function_invocation.is_cold | cold_start.request_id"]
source = "pacslab/serverless-performance-modeling (measured cold starts against the gap since the invocation before); where coldness is not published, an invocation is cold when its request started a pod"
key = ["dataset", "trace", "gap_from_s"]
chart = { kind = "bar", x = "cold_ratio", y = "gap", color = "trace", sort = "gap_from_s" }
finding = { pick = "CASE WHEN invocations >= 5 THEN cold_ratio END DESC NULLS LAST", text = "In {dataset}/{trace} {cold_ratio:.1%} of the {invocations} invocations with a gap of {gap} are cold." }
n = { column = "invocations" }

[params.edges_s]
type = "DOUBLE[]"
default = [0, 60, 300, 600, 900]
unit = "s"
text = "Edges of the intervals (from, to], ascending; the first interval holds its lower edge as well, the last is open."

[params.by]
type = "VARCHAR"
default = "function"
choices = ["function", "trace"]
unit = "name"
text = "Which invocation is the one before: of the same function, or of the whole trace, whatever it calls. Rows that name no function are one."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
gap_from_s = { unit = "s", text = "Gaps longer than this." }
gap_to_s = { unit = "s", text = "Gaps up to this; NULL in the last interval." }
invocations = { unit = "1", text = "Invocations whose coldness is known, without the first of each function (of the trace)." }
cold = { unit = "1", text = "Cold ones." }
cold_ratio = { unit = "ratio", text = "Cold ones over invocations." }
gap = { unit = "name", text = "The interval in words." }
--- */
WITH asked AS (
    SELECT DISTINCT dataset, trace, request_id
    FROM cold_start
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace) AND request_id IS NOT NULL
),

chosen AS (
    SELECT
        i.dataset,
        i.trace,
        CASE
            WHEN i.is_cold IS NOT NULL THEN i.is_cold
            WHEN t.trace IS NOT NULL AND i.request_id IS NOT NULL THEN a.request_id IS NOT NULL
        END AS is_cold,
        (i.started_us - lag(i.started_us) OVER before) / 1e6 AS gap_s
    FROM function_invocation AS i
    LEFT JOIN asked AS a ON i.dataset = a.dataset AND i.trace = a.trace AND i.request_id = a.request_id
    LEFT JOIN (SELECT DISTINCT dataset, trace FROM asked) AS t ON i.dataset = t.dataset AND i.trace = t.trace
    WHERE i.dataset = coalesce($dataset, i.dataset) AND i.trace = coalesce($trace, i.trace) AND i.started_us IS NOT NULL
    WINDOW before AS (
        PARTITION BY i.dataset, i.trace, CASE WHEN $by = 'function' THEN i.app_id END, CASE WHEN $by = 'function' THEN i.function_id END
        ORDER BY i.started_us, i.source_row
    )
),

intervals AS (
    SELECT
        edge AS gap_from_s,
        lead(edge) OVER (ORDER BY edge) AS gap_to_s,
        edge = min(edge) OVER () AS is_first
    FROM (SELECT DISTINCT unnest($edges_s) AS edge)
)

SELECT
    c.dataset,
    c.trace,
    n.gap_from_s,
    n.gap_to_s,
    count(*) AS invocations,
    count(*) FILTER (WHERE c.is_cold) AS cold,
    count(*) FILTER (WHERE c.is_cold) / count(*) AS cold_ratio,
    CASE
        WHEN n.gap_to_s IS NULL THEN printf('over %g s', n.gap_from_s)
        ELSE printf('%g to %g s', n.gap_from_s, n.gap_to_s)
    END AS gap
FROM chosen AS c
INNER JOIN intervals AS n
    ON (c.gap_s > n.gap_from_s OR (n.is_first AND c.gap_s = n.gap_from_s)) AND c.gap_s <= coalesce(n.gap_to_s, c.gap_s)
WHERE c.is_cold IS NOT NULL
GROUP BY c.dataset, c.trace, n.gap_from_s, n.gap_to_s
ORDER BY c.dataset, c.trace, n.gap_from_s
