/* ---
title = "Groups of cold starts"
question = "Which group does each function's cold starts belong to?"
reads = ["cold_start", "function_profile"]
uses = ["serverless/_cold_starts", "serverless/_profile"]
source = "Serverless Cold Starts and Where to Find Them, EuroSys 2025"

[params.by]
type = "VARCHAR"
default = "none"
choices = ["none", "runtime", "trigger", "cpu_cores", "pool", "size"]
unit = "name"
text = "What to group by; size is small up to 0.4 cores and 256 MB, else large."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
function_id = { unit = "id", text = "Function; NULL where all are one group." }
own = { unit = "name", text = "Group that the cold start itself names." }
group_name = { unit = "name", text = "Its own group, else that of the function table, else (not in function table); NULL where all are one group." }
group_number = { unit = "1", text = "Number of the group over all traces, from 1: what rows carry in place of its names." }
--- */
-- Groups are found for the distinct functions, not for every cold start.
SELECT
    dataset,
    trace,
    function_id,
    own,
    group_name,
    CAST(dense_rank() OVER (ORDER BY dataset, trace, group_name) AS INTEGER) AS group_number
FROM (
    SELECT
        k.dataset,
        k.trace,
        k.function_id,
        k.own,
        CASE WHEN $by != 'none' THEN coalesce(k.own, p.named, '(not in function table)') END AS group_name
    FROM (SELECT DISTINCT dataset, trace, function_id, own FROM _serverless_cold_starts(p_dataset := $dataset, p_trace := $trace, p_by := $by)) AS k
    LEFT JOIN _serverless_profile(p_dataset := $dataset, p_trace := $trace, p_by := $by) AS p
        ON k.dataset = p.dataset AND k.function_id = p.function_id AND (k.trace = p.trace OR p.trace IS NULL)
)
