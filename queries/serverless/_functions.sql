/* ---
title = "Functions that are invoked"
question = "How often is each function invoked, and what do its invocations say of it?"
reads = ["function_invocation", "function_rate"]
uses = ["serverless/_counts"]
source = "docs/definitions.md"

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
grain = { unit = "name", text = "event: from invocations; count: from counts per minute." }
app_id = { unit = "id", text = "Application." }
function_id = { unit = "id", text = "Function." }
invocations = { unit = "1", text = "Invocations; 0 where only cells of zero were recorded." }
trigger = { unit = "name", text = "Trigger that the counts name." }
cpu_cores = { unit = "cores", text = "Most cores that were allocated." }
memory_mb = { unit = "MB", text = "Most memory that was allocated." }
--- */
SELECT
    dataset,
    trace,
    'event' AS grain,
    app_id,
    function_id,
    CAST(count(*) AS DOUBLE) AS invocations,
    NULL AS trigger,
    max(cpu_cores) AS cpu_cores,
    max(memory_mb) AS memory_mb
FROM function_invocation
WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
GROUP BY dataset, trace, app_id, function_id
UNION ALL
SELECT
    dataset,
    trace,
    'count' AS grain,
    app_id,
    function_id,
    sum(value) AS invocations,
    max(trigger) AS trigger,
    NULL AS cpu_cores,
    NULL AS memory_mb
FROM _serverless_counts(p_dataset := $dataset, p_trace := $trace)
GROUP BY dataset, trace, app_id, function_id
