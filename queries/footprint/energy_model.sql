/* ---
title = "Energy models"
question = "Which measurement says what an output token of a model costs?"
reads = ["energy_run"]
requires = ["energy_run.energy_per_token_j"]
source = "The configuration with the least J per output token of each model among those asked for; a stated figure wins over all of them"
chart = { kind = "bar", x = "joules_per_token", y = "model", color = "dataset", sort = "joules_per_token", top = 40 }
finding = { pick = "is_chosen DESC, joules_per_token, model", text = "Where nothing else is asked for, an output token costs {joules_per_token} J: {basis}." }

[params.model]
type = "VARCHAR"
unit = "name"
text = "Model: its id, or the part of it after the last slash."

[params.device]
type = "VARCHAR"
unit = "name"
text = "Only runs on this device."

[params.batch_size]
type = "BIGINT"
unit = "1"
text = "Only runs with this configured batch size."

[params.task]
type = "VARCHAR"
unit = "name"
text = "Only runs of this task."

[params.energy_per_token_j]
type = "DOUBLE"
unit = "J/token"
text = "A stated figure in place of a measurement."

[params.boundary]
type = "VARCHAR"
choices = ["gpu", "server", "facility", ""]
default = ""
unit = "name"
text = "What a stated figure is the energy of; server where it is not said."

[columns]
dataset = { unit = "id", text = "Source id of the measurement." }
trace = { unit = "id", text = "One continuous recording on one clock." }
model = { unit = "name", text = "Model." }
task = { unit = "name", text = "Task that was run." }
device = { unit = "name", text = "Accelerator or processor." }
devices = { unit = "1", text = "Devices that the run used." }
batch_size = { unit = "1", text = "Configured batch size." }
joules_per_token = { unit = "J/token", text = "Energy per output token of that configuration." }
boundary = { unit = "name", text = "What the energy is of: gpu, server or facility." }
runs = { unit = "1", text = "Runs of the model that the least was taken from." }
is_chosen = { unit = "bool", text = "Whether the footprint queries take this row: the named model's least; without a name, the middle one of all models." }
basis = { unit = "text", text = "The measurement in words." }
--- */
WITH measured AS (
    SELECT
        *,
        count(*) OVER (PARTITION BY dataset, trace, model) AS runs,
        row_number() OVER (PARTITION BY dataset, trace, model ORDER BY energy_per_token_j, source_row, run_id) AS place
    FROM energy_run
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
        AND $energy_per_token_j IS NULL
        AND model IS NOT NULL AND energy_per_token_j > 0
        AND ($model IS NULL OR lower(model) = lower($model) OR lower(split_part(model, '/', -1)) = lower($model))
        AND ($device IS NULL OR lower(device) = lower($device))
        AND ($batch_size IS NULL OR batch_size = $batch_size)
        AND ($task IS NULL OR lower(task) = lower($task))
),

best AS (
    SELECT
        *,
        row_number() OVER (ORDER BY energy_per_token_j, dataset, trace, model) AS rank_of_all,
        count(*) OVER () AS models
    FROM measured
    WHERE place = 1
)

SELECT
    dataset,
    trace,
    model,
    task,
    device,
    devices,
    batch_size,
    energy_per_token_j AS joules_per_token,
    coalesce(boundary, 'gpu') AS boundary,
    runs,
    rank_of_all = CASE WHEN $model IS NULL THEN (models + 1) // 2 ELSE 1 END AS is_chosen,
    concat(
        CASE WHEN $model IS NULL AND rank_of_all = (models + 1) // 2 THEN 'no model named: the middle one of ' || models || ' measured, ' ELSE '' END,
        model, coalesce(' on ' || devices || ' × ' || device, ' on ' || device, ''), coalesce(', batch size ' || batch_size, ''), coalesce(', ' || task, ''),
        CASE
            WHEN runs = 1 THEN ', the only run'
            ELSE ', the least of ' || runs || ' runs'
        END,
        ' in ', dataset, '/', trace
    ) AS basis
FROM best
UNION ALL
SELECT
    coalesce($dataset, 'stated') AS dataset,
    coalesce($trace, 'stated') AS trace,
    $model AS model,
    $task AS task,
    $device AS device,
    NULL AS devices,
    $batch_size AS batch_size,
    $energy_per_token_j AS joules_per_token,
    coalesce(nullif($boundary, ''), 'server') AS boundary,
    0 AS runs,
    TRUE AS is_chosen,
    'stated, not measured' || CASE WHEN coalesce($boundary, '') = '' THEN '; taken as the server''s energy' ELSE '' END AS basis
WHERE $energy_per_token_j IS NOT NULL
ORDER BY dataset, trace, joules_per_token, model
