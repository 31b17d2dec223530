/* ---
title = "Power limits"
question = "What does a power limit save, and what does it cost in time?"
reads = ["energy_run"]
requires = ["energy_run.power_limit_w"]
source = "Energy and time per epoch (per run where there are no epochs) against the same configuration at its highest limit; You et al., NSDI 2023"
key = ["dataset", "trace", "task", "model", "device", "batch_size", "optimizer", "precision", "framework", "variant", "devices", "parallelism", "boundary", "is_per_epoch", "power_limit_w"]
chart = { kind = "line", x = "power_limit_w", y = "to_unlimited_energy", color = "series" }
finding = { pick = "is_least DESC, saved_ratio DESC NULLS LAST, series", text = "{model} on {device} takes least with batch size {batch_size} at {power_limit_w} W: {joules} J per epoch, {saved_ratio:.1%} less than at its highest limit, in {slowdown} times the time." }

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
model = { unit = "name", text = "Model." }
device = { unit = "name", text = "Accelerator or processor." }
batch_size = { unit = "1", text = "Configured batch size." }
power_limit_w = { unit = "W", text = "Power limit of a device." }
runs = { unit = "1", text = "Runs with that limit." }
joules = { unit = "J", text = "Energy per epoch, mean over the runs." }
seconds = { unit = "s", text = "Time per epoch, mean over the runs." }
mean_power_w = { unit = "W", text = "Mean power, mean over the runs." }
to_unlimited_energy = { unit = "1", text = "Energy over that of the same configuration at its highest limit." }
saved_ratio = { unit = "ratio", text = "Energy saved against the highest limit; negative where the limit costs energy." }
slowdown = { unit = "1", text = "Time over that at the highest limit." }
is_least = { unit = "bool", text = "Whether no batch size and limit of the model takes less energy on the device, everything else being the same." }
series = { unit = "name", text = "Model, device, batch size and what else is set in one name." }
task = { unit = "name", text = "Task that was run." }
optimizer = { unit = "name", text = "Optimiser." }
precision = { unit = "name", text = "Number format." }
framework = { unit = "name", text = "Framework." }
variant = { unit = "name", text = "Variant of the run." }
devices = { unit = "1", text = "Devices that the run used." }
parallelism = { unit = "name", text = "How the model is split over devices." }
boundary = { unit = "name", text = "What the energy is of: gpu, server or facility." }
is_per_epoch = { unit = "bool", text = "Whether joules and seconds are of an epoch; else of a run, whose length may differ." }
--- */
WITH limits AS (
    SELECT
        dataset,
        trace,
        task,
        model,
        device,
        batch_size,
        optimizer,
        precision,
        framework,
        variant,
        devices,
        parallelism,
        boundary,
        epochs IS NOT NULL AS is_per_epoch,
        power_limit_w,
        count(*) AS runs,
        avg(coalesce(energy_j, duration_s * mean_power_w) / coalesce(epochs, 1)) AS joules,
        avg(duration_s / coalesce(epochs, 1)) AS seconds,
        avg(mean_power_w) AS mean_power_w
    FROM energy_run
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
        AND power_limit_w > 0 AND coalesce(energy_j, duration_s * mean_power_w) > 0
        AND ($model IS NULL OR lower($model) IN (lower(model), lower(split_part(model, '/', -1)))) AND ($device IS NULL OR lower(device) = lower($device))
    GROUP BY
        dataset, trace, task, model, device, batch_size, optimizer,
        precision, framework, variant, devices, parallelism, boundary, is_per_epoch, power_limit_w
)

SELECT
    dataset,
    trace,
    model,
    device,
    batch_size,
    power_limit_w,
    runs,
    joules,
    seconds,
    mean_power_w,
    joules / first_value(joules) OVER highest AS to_unlimited_energy,
    1 - joules / first_value(joules) OVER highest AS saved_ratio,
    seconds / first_value(seconds) OVER highest AS slowdown,
    joules = min(joules) OVER alike AS is_least,
    concat_ws(
        ', ', model, device, 'batch ' || batch_size, optimizer, precision, framework, variant,
        nullif(devices, 1) || ' devices', parallelism, nullif(boundary, 'gpu')
    ) AS series,
    task,
    optimizer,
    precision,
    framework,
    variant,
    devices,
    parallelism,
    boundary,
    is_per_epoch
FROM limits
WINDOW
    highest AS (
        PARTITION BY
            dataset, trace, task, model, device, batch_size, optimizer,
            precision, framework, variant, devices, parallelism, boundary, is_per_epoch
        ORDER BY power_limit_w DESC
    ),
    alike AS (PARTITION BY dataset, trace, task, model, device, precision, framework, variant, devices, parallelism, boundary, is_per_epoch)
ORDER BY
    dataset, trace, task, model, device, batch_size, optimizer,
    precision, framework, variant, devices, parallelism, boundary, is_per_epoch, power_limit_w
