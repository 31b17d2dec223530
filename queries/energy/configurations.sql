/* ---
title = "Energy by configuration"
question = "How much does the configuration change what a token costs?"
reads = ["energy_run"]
requires = ["energy_run.model"]
source = "Least and median J per output token over the runs that share a setting; ratio to the cheapest setting, and the same over runs that share every other setting"
key = ["dataset", "trace", "task", "model", "setting", "boundary"]
chart = { kind = "bar", x = "min_token_j", y = "short_name", color = "setting", top = 80, sort = "short_name" }
finding = { pick = "to_cheapest_alike DESC NULLS LAST, model, task, setting", text = "Most of all for {model} ({task}): with {varied} {setting} it takes {to_cheapest_alike} times the energy of the cheapest {varied} where all else is equal ({alike} comparisons)." }

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
known = "SELECT task FROM energy_run WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)"

[params.model]
type = "VARCHAR"
unit = "name"
text = "Only this model: its id, or the part after the last slash."
known = "SELECT unnest([model, split_part(model, '/', -1)]) FROM energy_run WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)"

[params.device]
type = "VARCHAR"
unit = "name"
text = "Only this device."
known = "SELECT device FROM energy_run WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)"

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
to_cheapest = { unit = "1", text = "Least energy per token (per request without tokens) over that of the model's cheapest setting, whatever else the two runs differ in." }
setting_value = { unit = "1", text = "Value of the setting as a number, where it is one." }
boundary = { unit = "name", text = "What the energy is of: gpu, server or facility." }
short_name = { unit = "name", text = "Model, after the last slash of its id; with the task where several are shown." }
to_cheapest_alike = { unit = "1", text = "Energy over that of the cheapest setting measured with all else equal (device, devices, batch size, precision, framework, parallelism, variant, power limit, optimiser): geometric mean; NULL where no other setting was." }
alike = { unit = "1", text = "Combinations of everything else in which this setting and another one were measured." }
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
        coalesce(energy_per_token_j, energy_per_request_j) AS joules,
        energy_per_token_j IS NULL AS is_per_request,
        -- Everything but what is varied: parallelism and the number of devices are one setting.
        concat_ws(
            '|',
            CASE WHEN $by <> 'device' THEN coalesce(device, '') END,
            CASE WHEN $by <> 'precision' THEN coalesce(precision, '') END,
            CASE WHEN $by <> 'parallelism' THEN concat(parallelism, '/', devices) END,
            CASE WHEN $by <> 'framework' THEN coalesce(framework, '') END,
            CASE WHEN $by <> 'batch_size' THEN coalesce(CAST(batch_size AS VARCHAR), '') END,
            coalesce(variant, ''),
            coalesce(CAST(power_limit_w AS VARCHAR), ''),
            coalesce(optimizer, '')
        ) AS everything_else,
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
        AND ($task IS NULL OR lower(task) = lower($task))
        AND ($model IS NULL OR lower($model) IN (lower(model), lower(split_part(model, '/', -1))))
        AND ($device IS NULL OR lower(device) = lower($device))
),

-- Where all else is equal: each setting, its runs averaged, against the cheapest one of those measured there.
alike AS (
    SELECT
        dataset,
        trace,
        task,
        model,
        setting,
        boundary,
        avg(joules) / min(avg(joules)) OVER there AS ratio,
        count(*) OVER there AS settings
    FROM chosen
    WHERE setting IS NOT NULL
    GROUP BY dataset, trace, task, model, setting, boundary, is_per_request, everything_else
    WINDOW there AS (PARTITION BY dataset, trace, task, model, boundary, is_per_request, everything_else)
),

ratios AS (
    SELECT
        dataset,
        trace,
        task,
        model,
        setting,
        boundary,
        exp(avg(ln(ratio) ORDER BY ratio)) AS to_cheapest_alike,
        count(*) AS alike
    FROM alike
    WHERE settings > 1
    GROUP BY dataset, trace, task, model, setting, boundary
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
    s.dataset,
    s.trace,
    s.task,
    s.model,
    $by AS varied,
    s.setting,
    s.runs,
    s.min_token_j,
    s.p50_token_j,
    s.min_request_j,
    s.p50_request_j,
    coalesce(
        s.min_token_j / min(s.min_token_j) OVER same,
        s.min_request_j / min(s.min_request_j) OVER same
    ) AS to_cheapest,
    TRY_CAST(s.setting AS DOUBLE) AS setting_value,
    s.boundary,
    concat_ws(', ', split_part(s.model, '/', -1), CASE WHEN $task IS NULL THEN s.task END) AS short_name,
    r.to_cheapest_alike,
    coalesce(r.alike, 0) AS alike
FROM settings AS s
LEFT JOIN ratios AS r
    ON s.dataset = r.dataset AND s.trace = r.trace AND s.task IS NOT DISTINCT FROM r.task AND s.model = r.model
    AND s.setting = r.setting AND s.boundary IS NOT DISTINCT FROM r.boundary
WINDOW same AS (PARTITION BY s.dataset, s.trace, s.task, s.model, s.boundary)
ORDER BY s.dataset, s.trace, s.task, s.model, s.boundary, setting_value, s.setting
