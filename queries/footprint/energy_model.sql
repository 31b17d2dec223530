/* ---
title = "Energy models"
question = "Which measurement says what an output token of a model costs?"
reads = ["energy_run"]
requires = ["energy_run.energy_per_token_j"]
source = "The median J per output token over the measured configurations of each model, among the devices, tasks and batch sizes that are asked for; a stated figure wins over all of them"
key = ["dataset", "trace", "model", "modality", "boundary"]
chart = { kind = "range", x = "low_j_per_token", x2 = "joules_per_token", y = "model", color = "dataset", sort = "joules_per_token", log = ["x"], top = 40 }
finding = { pick = "is_chosen DESC, modality = 'text' DESC NULLS LAST, joules_per_token, model", text = "Where nothing else is asked for, an output token costs {joules_per_token} J: {basis}." }

[params.model]
type = "VARCHAR"
unit = "name"
text = "Model: its id, or the part of it after the last slash."
known = "SELECT unnest([model, split_part(model, '/', -1)]) FROM energy_run WHERE energy_per_token_j > 0"
unless = ["energy_per_token_j"]

[params.device]
type = "VARCHAR"
unit = "name"
text = "Only runs on this device."
known = "SELECT device FROM energy_run WHERE energy_per_token_j > 0"
unless = ["energy_per_token_j"]

[params.batch_size]
type = "BIGINT"
unit = "1"
text = "Only runs with this configured batch size."

[params.task]
type = "VARCHAR"
unit = "name"
text = "Only runs of this task."
known = "SELECT task FROM energy_run WHERE energy_per_token_j > 0"
unless = ["energy_per_token_j"]

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
modality = { unit = "name", text = "What the runs were given: text, image, video or audio, by their task, else by the model's name; NULL for a stated figure, which fits all." }
task = { unit = "name", text = "Tasks that were run." }
device = { unit = "name", text = "Accelerators or processors." }
devices = { unit = "1", text = "Devices that a run used; NULL where runs differ." }
batch_size = { unit = "1", text = "Configured batch size; NULL where runs differ." }
joules_per_token = { unit = "J/token", text = "Median energy per output token of the configurations." }
low_j_per_token = { unit = "J/token", text = "The least of them." }
high_j_per_token = { unit = "J/token", text = "The most of them." }
boundary = { unit = "name", text = "What the energy is of: gpu, server or facility." }
runs = { unit = "1", text = "Configurations that were measured." }
is_chosen = { unit = "bool", text = "Whether the footprint queries take this row for requests of its modality: of a named model the trace with the most configurations that say device and task; without a name, the middle one of all models." }
basis = { unit = "text", text = "The measurement in words." }
--- */
WITH measured AS (
    SELECT
        *,
        coalesce(boundary, 'gpu') AS energy_of,
        CASE
            WHEN regexp_matches(lower(task), 'video') THEN 'video'
            WHEN regexp_matches(lower(task), 'image|vision|mllm|multimodal') THEN 'image'
            WHEN regexp_matches(lower(task), 'audio|speech') THEN 'audio'
            WHEN regexp_matches(lower(model), '(^|[^a-z])(vl|vision|omni|llava|multimodal)([^a-z]|$)') THEN 'image'
            ELSE 'text'
        END AS modality
    FROM energy_run
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
        AND $energy_per_token_j IS NULL
        AND model IS NOT NULL AND energy_per_token_j > 0
        AND ($model IS NULL OR lower(model) = lower($model) OR lower(split_part(model, '/', -1)) = lower($model))
        AND ($device IS NULL OR lower(device) = lower($device))
        AND ($batch_size IS NULL OR batch_size = $batch_size)
        AND ($task IS NULL OR lower(task) = lower($task))
),

-- Runs of different boundaries, and of different traces, are never pooled.
models AS (
    SELECT
        dataset,
        trace,
        model,
        modality,
        energy_of,
        string_agg(DISTINCT task, ' and ' ORDER BY task) AS task,
        string_agg(DISTINCT device, ' and ' ORDER BY device) AS device,
        CASE WHEN min(devices) = max(devices) THEN min(devices) END AS devices,
        min(batch_size) AS batch_low,
        max(batch_size) AS batch_high,
        quantile_cont(energy_per_token_j, 0.5) AS joules,
        min(energy_per_token_j) AS low_j,
        max(energy_per_token_j) AS high_j,
        count(*) AS runs,
        count(*) FILTER (WHERE device IS NOT NULL AND task IS NOT NULL) AS described
    FROM measured
    GROUP BY dataset, trace, model, modality, energy_of
),

ranked AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY modality ORDER BY joules, dataset, trace, model, energy_of) AS rank_of_all,
        row_number() OVER (PARTITION BY modality ORDER BY described DESC, runs DESC, dataset, trace, model, energy_of) AS rank_of_named,
        count(*) OVER (PARTITION BY modality) AS models
    FROM models
)

SELECT
    dataset,
    trace,
    model,
    modality,
    task,
    device,
    devices,
    CASE WHEN batch_low = batch_high THEN batch_low END AS batch_size,
    joules AS joules_per_token,
    low_j AS low_j_per_token,
    high_j AS high_j_per_token,
    energy_of AS boundary,
    runs,
    CASE WHEN $model IS NULL THEN rank_of_all = (models + 1) // 2 ELSE rank_of_named = 1 END AS is_chosen,
    concat(
        CASE WHEN $model IS NULL AND rank_of_all = (models + 1) // 2 THEN 'no model named: the middle one of ' || models || ' measured, ' ELSE '' END,
        model, coalesce(' on ' || devices || ' × ' || device, ' on ' || device, ''),
        coalesce(', batch size ' || batch_low || CASE WHEN batch_low < batch_high THEN ' to ' || batch_high ELSE '' END, ''),
        coalesce(', ' || task, ''),
        CASE
            WHEN runs = 1 THEN ', the only run'
            ELSE printf(', the median of %d runs from %.4g to %.4g J per token', runs, low_j, high_j)
        END,
        ' in ', dataset, '/', trace
    ) AS basis
FROM ranked
UNION ALL
SELECT
    coalesce($dataset, 'stated') AS dataset,
    coalesce($trace, 'stated') AS trace,
    $model AS model,
    NULL AS modality,
    $task AS task,
    $device AS device,
    NULL AS devices,
    $batch_size AS batch_size,
    $energy_per_token_j AS joules_per_token,
    $energy_per_token_j AS low_j_per_token,
    $energy_per_token_j AS high_j_per_token,
    coalesce(nullif($boundary, ''), 'server') AS boundary,
    0 AS runs,
    TRUE AS is_chosen,
    'stated, not measured' || CASE WHEN coalesce($boundary, '') = '' THEN '; taken as the server''s energy' ELSE '' END AS basis
WHERE $energy_per_token_j IS NOT NULL
ORDER BY dataset, trace, joules_per_token, model
