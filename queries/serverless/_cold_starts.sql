/* ---
title = "Cold starts with their own group"
question = "Which group does a cold start itself name?"
reads = ["cold_start"]
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
own = { unit = "name", text = "Group that the cold start names; NULL where it names none." }
pod_id = { unit = "id", text = "Pod." }
occurred_us = { unit = "us", text = "Instant." }
source_row = { unit = "1", text = "Record of the raw file." }
total_s = { unit = "s", text = "The whole cold start." }
pod_allocation_s = { unit = "s", text = "Time to allocate the pod." }
deploy_code_s = { unit = "s", text = "Time to deploy the code." }
deploy_dependency_s = { unit = "s", text = "Time to deploy dependencies." }
scheduling_s = { unit = "s", text = "Time to schedule." }
init_s = { unit = "s", text = "Time to initialise." }
--- */
SELECT
    dataset,
    trace,
    CASE WHEN $by != 'none' THEN function_id END AS function_id,
    CASE $by
        WHEN 'runtime' THEN runtime
        WHEN 'trigger' THEN trigger
        WHEN 'cpu_cores' THEN CAST(cpu_cores AS VARCHAR)
        WHEN 'pool' THEN pool
        WHEN 'size' THEN CASE WHEN cpu_cores <= 0.4 AND memory_mb <= 256 THEN 'small' WHEN cpu_cores + memory_mb > 0 THEN 'large' END
    END AS own,
    pod_id,
    occurred_us,
    source_row,
    total_s,
    pod_allocation_s,
    deploy_code_s,
    deploy_dependency_s,
    scheduling_s,
    init_s
FROM cold_start
WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
