/* ---
title = "Durations and memory"
question = "How long did each invocation run, and how much memory did it use?"
reads = ["function_invocation", "function_profile"]
source = "Shahrad et al., ATC 2020 (execution time and memory)"

[params.field]
type = "VARCHAR"
default = "all"
choices = ["duration", "function_duration", "memory", "function_memory", "all"]
unit = "name"
text = "Which sizes."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
field = { unit = "name", text = "duration (s, of invocations), function_duration (s, published means of functions), memory (MB, used by invocations), function_memory (MB, published means)." }
value = { unit = "1", text = "Duration in seconds, or memory in megabytes; NULL where it is not published." }
--- */
SELECT
    dataset,
    trace,
    'duration' AS field,
    duration_s AS value
FROM function_invocation
WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace) AND $field IN ('all', 'duration')
UNION ALL
SELECT
    dataset,
    trace,
    'memory' AS field,
    memory_used_mb AS value
FROM function_invocation
WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace) AND $field IN ('all', 'memory')
UNION ALL
SELECT
    dataset,
    trace,
    'function_duration' AS field,
    duration_mean_s AS value
FROM function_profile
WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace) AND $field IN ('all', 'function_duration')
UNION ALL
SELECT
    dataset,
    trace,
    'function_memory' AS field,
    memory_mean_mb AS value
FROM function_profile
WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace) AND $field IN ('all', 'function_memory')
