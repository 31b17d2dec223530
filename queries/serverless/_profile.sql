/* ---
title = "Groups of functions"
question = "Which group does the function table put a function into?"
reads = ["function_profile"]
source = "Serverless Cold Starts and Where to Find Them, EuroSys 2025"

[params.by]
type = "VARCHAR"
default = "none"
choices = ["none", "runtime", "trigger", "cpu_cores", "pool", "size"]
unit = "name"
text = "What to group by; size is small up to 0.4 cores and 256 MB, else large. The function table knows no pools."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
function_id = { unit = "id", text = "Function." }
named = { unit = "name", text = "Its group; NULL where what it is grouped by is not published." }
--- */
SELECT
    dataset,
    trace,
    function_id,
    min(CASE $by
        WHEN 'runtime' THEN runtime
        WHEN 'trigger' THEN trigger
        WHEN 'cpu_cores' THEN CAST(cpu_cores AS VARCHAR)
        WHEN 'size' THEN CASE WHEN cpu_cores <= 0.4 AND memory_mb <= 256 THEN 'small' WHEN cpu_cores + memory_mb > 0 THEN 'large' END
    END) AS named
FROM function_profile
-- A function table without a trace holds for every trace.
WHERE dataset = coalesce($dataset, dataset) AND (trace IS NULL OR trace = coalesce($trace, trace))
GROUP BY dataset, trace, function_id
