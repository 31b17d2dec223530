/* ---
title = "Energy by configuration"
question = "How much does the configuration change what a token costs?"
reads = ["energy_run"]
requires = ["energy_run.model"]
source = "Least and median J per output token over the runs that share a setting; ratio to the cheapest setting of the same task and model"
chart = { kind = "bar", x = "min_token_j", y = "short_name", color = "setting", top = 80, sort = "short_name" }
finding = { pick = "to_cheapest DESC NULLS LAST, model, task, setting", text = "Most of all for {model} ({task}): with {varied} {setting} it takes {to_cheapest} times the energy of its cheapest setting." }

[params.by]
type = "VARCHAR"
default = "batch_size"
choices = ["batch_size", "device", "precision", "parallelism", "framework"]
unit = "name"
text = "Which setting is varied."

[params.task]
type = "VARCHAR"
unit = "name"
text = "Only this task."

[params.model]
type = "VARCHAR"
unit = "name"
text = "Only this model."

[params.device]
type = "VARCHAR"
unit = "name"
text = "Only this device."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
task = { unit = "name", text = "Task that was run." }
model = { unit = "name", text = "Model." }
varied = { unit = "name", text = "Which setting is varied." }
setting = { unit = "name", text = "Value of the setting." }
runs = { unit = "1", text = "Runs with that value." }
min_token_j = { unit = "J/token", text = "Least energy per output token." }
p50_token_j = { unit = "J/token", text = "Median energy per output token." }
min_request_j = { unit = "J/request", text = "Least energy per request or output." }
p50_request_j = { unit = "J/request", text = "Median energy per request or output." }
to_cheapest = { unit = "1", text = "Least energy per token (per request without tokens) over that of the model's cheapest setting." }
setting_value = { unit = "1", text = "Value of the setting as a number, where it is one." }
boundary = { unit = "name", text = "What the energy is of: gpu, server or facility." }
short_name = { unit = "name", text = "Model, after the last slash of its id; with the task where several are shown." }
--- */
WITH chosen AS (
    SELECT
        dataset,
        trace,
        task,
        model,
        boundary,
        energy_per_token_j,
        energy_per_request_j,
        CASE $by
            WHEN 'device' THEN device
            WHEN 'precision' THEN precision
            WHEN 'parallelism' THEN coalesce(parallelism, devices || ' devices')
            WHEN 'framework' THEN framework
            ELSE CAST(batch_size AS VARCHAR)
        END AS setting
    FROM energy_run
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
        AND model IS NOT NULL AND coalesce(energy_per_token_j, energy_per_request_j) > 0
        AND ($task IS NULL OR task = $task) AND ($model IS NULL OR model = $model) AND ($device IS NULL OR device = $device)
),

settings AS (
    SELECT
        dataset,
        trace,
        task,
        model,
        setting,
        boundary,
        count(*) AS runs,
        min(energy_per_token_j) AS min_token_j,
        quantile_cont(energy_per_token_j, 0.5) AS p50_token_j,
        min(energy_per_request_j) AS min_request_j,
        quantile_cont(energy_per_request_j, 0.5) AS p50_request_j
    FROM chosen
    WHERE setting IS NOT NULL
    GROUP BY dataset, trace, task, model, setting, boundary
)

SELECT
    dataset,
    trace,
    task,
    model,
    $by AS varied,
    setting,
    runs,
    min_token_j,
    p50_token_j,
    min_request_j,
    p50_request_j,
    coalesce(
        min_token_j / min(min_token_j) OVER same,
        min_request_j / min(min_request_j) OVER same
    ) AS to_cheapest,
    TRY_CAST(setting AS DOUBLE) AS setting_value,
    boundary,
    concat_ws(', ', split_part(model, '/', -1), CASE WHEN $task IS NULL THEN task END) AS short_name
FROM settings
WINDOW same AS (PARTITION BY dataset, trace, task, model, boundary)
ORDER BY dataset, trace, task, model, boundary, setting_value, setting
