/* ---
title = "Spread of measured energies"
question = "How far apart are the energies of measured runs, per token or per request?"
reads = ["energy_run"]
source = "docs/definitions.md"

[params.per]
type = "VARCHAR"
default = "token"
choices = ["token", "request"]
unit = "name"
text = "What the energy is divided by."

[params.by]
type = "VARCHAR"
default = "task"
choices = ["task", "device", "model", "none"]
unit = "name"
text = "What to group by."

[params.task]
type = "VARCHAR"
text = "Only this task."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
group_name = { unit = "name", text = "Task, device or model; (not said) where it is not published, all where nothing is grouped by." }
runs = { unit = "1", text = "Measured runs." }
min_j = { unit = "J", text = "Least energy." }
p50_j = { unit = "J", text = "Median energy." }
mean_j = { unit = "J", text = "Mean energy." }
p99_j = { unit = "J", text = "99th percentile of the energy." }
max_j = { unit = "J", text = "Most energy." }
boundary = { unit = "name", text = "What was measured: gpu, server or facility." }
models = { unit = "1", text = "Models among the runs." }
settings = { unit = "1", text = "Settings among the runs: model, task, device, devices, batch size, precision, framework, parallelism." }
--- */
WITH chosen AS (
    SELECT
        dataset,
        trace,
        boundary,
        model,
        (model, task, device, devices, batch_size, precision, framework, parallelism) AS setting,
        CASE WHEN $per = 'token' THEN energy_per_token_j ELSE energy_per_request_j END AS joules,
        coalesce(
            CASE WHEN $by = 'none' THEN 'all' WHEN $by = 'device' THEN device WHEN $by = 'model' THEN model ELSE task END,
            '(not said)'
        ) AS group_name
    FROM energy_run
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace) AND ($task IS NULL OR task = $task)
)

SELECT
    dataset,
    trace,
    group_name,
    count(*) AS runs,
    min(joules) AS min_j,
    quantile_cont(joules, 0.5) AS p50_j,
    avg(joules) AS mean_j,
    quantile_cont(joules, 0.99) AS p99_j,
    max(joules) AS max_j,
    boundary,
    count(DISTINCT model) AS models,
    count(DISTINCT setting) AS settings
FROM chosen
WHERE joules IS NOT NULL
GROUP BY dataset, trace, group_name, boundary
