/* ---
title = "Popularity of functions"
question = "How few functions, applications or users make the load?"
reads = ["function_invocation", "function_rate"]
uses = ["serverless/_usage"]
requires = ["function_invocation.function_id | function_rate.value"]
source = "Shahrad et al., ATC 2020 (popularity); Lorenz curve from the busiest down, the busiest ceil(share x number)"
key = ["dataset", "trace", "grain", "busiest_share"]
chart = { kind = "line", x = "busiest_share", y = "invocations_share", color = "trace", log = ["x"] }
finding = { pick = "CASE WHEN busiest_share = 0.1 AND keys >= 10 THEN invocations_share END DESC NULLS LAST", text = "In {dataset}/{trace} the busiest {busiest_share:.0%} of {keys} make {invocations_share:.1%} of the invocations." }
n = { column = "keys", over = ["dataset", "trace", "grain"] }

[params.by]
type = "VARCHAR"
default = "function"
choices = ["function", "app", "user"]
unit = "name"
text = "What is counted; traces that do not name it are left out."

[params.shares]
type = "DOUBLE[]"
default = [0.0001, 0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1]
unit = "ratio"
text = "Shares of the busiest, above 0 and up to 1."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
grain = { unit = "name", text = "event: from invocations; count: from counts per minute." }
busiest_share = { unit = "ratio", text = "Share of the busiest functions (applications, users)." }
busiest = { unit = "1", text = "How many those are." }
invocations_share = { unit = "ratio", text = "Share of the invocations that they make." }
keys = { unit = "1", text = "Functions (applications, users) with an invocation." }
invocations = { unit = "1", text = "Invocations." }
--- */
WITH ranked AS (
    SELECT
        dataset,
        trace,
        grain,
        row_number() OVER busiest AS rank,
        sum(n) OVER busiest AS up_to,
        sum(n) OVER (PARTITION BY dataset, trace, grain) AS invocations,
        count(*) OVER (PARTITION BY dataset, trace, grain) AS keys
    FROM _serverless_usage(p_dataset := $dataset, p_trace := $trace, p_by := $by)
    WHERE key IS NOT NULL AND n > 0
    WINDOW busiest AS (PARTITION BY dataset, trace, grain ORDER BY n DESC, key ROWS UNBOUNDED PRECEDING)
)

SELECT
    r.dataset,
    r.trace,
    r.grain,
    s.share AS busiest_share,
    r.rank AS busiest,
    r.up_to / r.invocations AS invocations_share,
    r.keys,
    CAST(r.invocations AS BIGINT) AS invocations
FROM ranked AS r
INNER JOIN (SELECT DISTINCT unnest($shares) AS share) AS s ON r.rank = ceil(round(s.share * r.keys, 9))
ORDER BY r.dataset, r.trace, r.grain, s.share
