/* ---
title = "Mix of triggers and runtimes"
question = "What calls functions, and what are they written in?"
reads = ["function_profile", "function_invocation", "function_rate", "cold_start"]
uses = ["serverless/_functions"]
requires = ["function_profile.trigger | function_rate.trigger | function_profile.runtime | cold_start.runtime"]
source = "Shahrad et al., ATC 2020, figure 2 (triggers of functions and of invocations); EuroSys 2025, figure 8 (triggers and runtimes of functions, pods and cold starts)"
key = ["dataset", "trace", "group_name"]
chart = { kind = "bar", x = "functions_share", y = "group_name", color = "trace" }
finding = { pick = "CASE WHEN group_name NOT LIKE '(%' THEN functions_share END DESC NULLS LAST", text = "{group_name} is the largest group of functions in {dataset}/{trace}: {functions_share:.1%} of {all_functions}." }
n = { column = "all_functions", over = ["dataset", "trace"] }

[params.by]
type = "VARCHAR"
default = "trigger"
choices = ["trigger", "any_trigger", "runtime", "sync", "size"]
unit = "name"
text = "trigger: the exact combination; any_trigger: a function counts for each of its triggers, so that shares add up to more than one."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
group_name = { unit = "name", text = "Group; (unknown) where nothing is published for the function." }
functions = { unit = "1", text = "Functions that are listed, invoked or started." }
functions_share = { unit = "ratio", text = "Share of functions." }
invocations = { unit = "1", text = "Invocations, from events or counts." }
invocations_share = { unit = "ratio", text = "Share of invocations." }
cold_starts = { unit = "1", text = "Cold starts." }
cold_starts_share = { unit = "ratio", text = "Share of cold starts." }
cold_time_share = { unit = "ratio", text = "Share of the time of cold starts." }
all_functions = { unit = "1", text = "Functions of the trace." }
--- */
WITH uses AS (
    SELECT
        dataset,
        trace,
        app_id,
        function_id,
        trigger,
        NULL AS runtime,
        NULL AS is_sync,
        cpu_cores,
        memory_mb,
        invocations,
        0 AS cold_starts,
        0.0 AS cold_s
    FROM _serverless_functions(p_dataset := $dataset, p_trace := $trace)
    UNION ALL
    SELECT
        dataset,
        trace,
        NULL AS app_id,
        function_id,
        max(trigger) AS trigger,
        max(runtime) AS runtime,
        NULL AS is_sync,
        max(cpu_cores) AS cpu_cores,
        max(memory_mb) AS memory_mb,
        0.0 AS invocations,
        count(*) AS cold_starts,
        sum(total_s) AS cold_s
    FROM cold_start
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
    GROUP BY dataset, trace, function_id
    UNION ALL
    SELECT
        dataset,
        trace,
        app_id,
        function_id,
        max(trigger) AS trigger,
        max(runtime) AS runtime,
        bool_and(is_sync) AS is_sync,
        max(cpu_cores) AS cpu_cores,
        max(memory_mb) AS memory_mb,
        0.0 AS invocations,
        0 AS cold_starts,
        0.0 AS cold_s
    FROM function_profile
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace) AND function_id IS NOT NULL
    GROUP BY dataset, trace, app_id, function_id
),

functions AS (
    SELECT
        dataset,
        trace,
        max(trigger) AS trigger,
        max(runtime) AS runtime,
        bool_and(is_sync) AS is_sync,
        max(cpu_cores) AS cpu_cores,
        max(memory_mb) AS memory_mb,
        sum(invocations) AS invocations,
        sum(cold_starts) AS cold_starts,
        sum(cold_s) AS cold_s
    FROM uses
    GROUP BY dataset, trace, app_id, function_id
),

-- A trace of which nothing is known has no groups to tell apart.
described AS (
    SELECT
        f.*,
        count(*) OVER whole AS all_functions,
        sum(f.invocations) OVER whole AS all_invocations,
        sum(f.cold_starts) OVER whole AS all_cold_starts,
        sum(f.cold_s) OVER whole AS all_cold_s,
        count(f.trigger) OVER whole + count(f.runtime) OVER whole AS known
    FROM functions AS f
    WINDOW whole AS (PARTITION BY f.dataset, f.trace)
),

grouped AS (
    SELECT
        *,
        unnest(CASE $by
            WHEN 'trigger' THEN [trigger]
            WHEN 'any_trigger' THEN list_distinct(string_split(coalesce(trigger, '(unknown)'), ' '))
            WHEN 'runtime' THEN [runtime]
            WHEN 'sync' THEN [CASE WHEN is_sync THEN 'synchronous' WHEN NOT is_sync THEN 'asynchronous' END]
            ELSE [CASE WHEN cpu_cores <= 0.4 AND memory_mb <= 256 THEN 'small' WHEN cpu_cores + memory_mb > 0 THEN 'large' END]
        END) AS group_name
    FROM described
    WHERE known > 0
)

SELECT
    dataset,
    trace,
    coalesce(group_name, '(unknown)') AS group_name,
    count(*) AS functions,
    count(*) / max(all_functions) AS functions_share,
    CAST(sum(invocations) AS BIGINT) AS invocations,
    sum(invocations) / nullif(max(all_invocations), 0) AS invocations_share,
    CAST(sum(cold_starts) AS BIGINT) AS cold_starts,
    sum(cold_starts) / nullif(max(all_cold_starts), 0) AS cold_starts_share,
    sum(cold_s) / nullif(max(all_cold_s), 0) AS cold_time_share,
    max(all_functions) AS all_functions
FROM grouped
GROUP BY dataset, trace, coalesce(group_name, '(unknown)')
ORDER BY dataset, trace, functions DESC, group_name
