/* ---
title = "Tools of agents"
question = "Which tools do agents call, and which take the time?"
reads = ["tool_call"]
source = "Calls by the tool's name; time from start to end of the call, calls that run at once each count"
key = ["dataset", "trace", "tool"]
chart = { kind = "stacked_bar", x = "time_share", y = "trace", color = "tool" }
finding = { pick = "tool = '(others)', time_share = 1, time_share DESC NULLS LAST", text = "In {dataset}/{trace} {tool} takes {time_share:.1%} of the time in tools with {calls_share:.1%} of the calls." }
n = { column = "calls" }

[params.top]
type = "BIGINT"
default = 8
unit = "1"
text = "Tools to show, those called longest and then most often; the rest are one, (others)."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
tool = { unit = "name", text = "Tool." }
calls = { unit = "1", text = "Calls." }
calls_share = { unit = "ratio", text = "Share of the trace's calls." }
timed = { unit = "1", text = "Calls with a start and an end that does not come before it." }
total_s = { unit = "s", text = "Time of those, together." }
time_share = { unit = "ratio", text = "Share of the time of all calls." }
call_p50_s = { unit = "s", text = "Median time of a call." }
call_p99_s = { unit = "s", text = "99th percentile of a call." }
failed_ratio = { unit = "ratio", text = "Share of calls with a known outcome that failed." }
--- */
WITH calls AS (
    SELECT dataset, trace, coalesce(tool, '(unnamed)') AS tool, CASE WHEN ended_us >= started_us THEN (ended_us - started_us) / 1e6 END AS seconds, is_ok
    FROM tool_call
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
),

ranked AS (
    SELECT
        dataset,
        trace,
        tool,
        row_number() OVER (PARTITION BY dataset, trace ORDER BY seconds DESC NULLS LAST, calls DESC, tool) AS rank
    FROM (
        -- Rounded: the sum's last digits differ from run to run and would change the order of equals.
        SELECT dataset, trace, tool, round(sum(seconds), 6) AS seconds, count(*) AS calls
        FROM calls
        GROUP BY dataset, trace, tool
    )
),

named AS (
    SELECT c.dataset, c.trace, CASE WHEN r.rank > $top THEN '(others)' ELSE c.tool END AS tool, least(r.rank, $top + 1) AS rank, c.seconds, c.is_ok
    FROM calls AS c
    INNER JOIN ranked AS r ON c.dataset = r.dataset AND c.trace = r.trace AND c.tool = r.tool
),

totals AS (
    SELECT
        dataset,
        trace,
        tool,
        rank,
        count(*) AS calls,
        count(seconds) AS timed,
        sum(seconds) AS total_s,
        quantile_cont(seconds, 0.5) AS call_p50_s,
        quantile_cont(seconds, 0.99) AS call_p99_s,
        count(*) FILTER (WHERE NOT is_ok) / nullif(count(is_ok), 0) AS failed_ratio
    FROM named
    GROUP BY dataset, trace, tool, rank
)

SELECT
    dataset,
    trace,
    tool,
    calls,
    calls / sum(calls) OVER (PARTITION BY dataset, trace) AS calls_share,
    timed,
    total_s,
    total_s / nullif(sum(total_s) OVER (PARTITION BY dataset, trace), 0) AS time_share,
    call_p50_s,
    call_p99_s,
    failed_ratio
FROM totals
ORDER BY dataset, trace, rank
