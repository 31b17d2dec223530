/* ---
title = "Intelligence per watt"
question = "How much accuracy does a watt buy?"
reads = ["energy_run", "model_accuracy"]
requires = ["energy_run.mean_power_w", "energy_run.energy_per_request_j", "energy_run.accuracy_ratio | model_accuracy.accuracy_ratio"]
source = "Intelligence per watt: accuracy / mean power, arXiv:2511.07885; per joule: accuracy / energy of one answer"
key = ["dataset", "trace", "model", "benchmark", "device", "task", "boundary", "precision", "framework", "variant", "batch_size", "devices", "parallelism", "power_limit_w", "optimizer"]
chart = { kind = "bar", x = "accuracy_per_w", y = "series", color = "benchmark", sort = "-accuracy_per_w", top = 40 }
finding = { pick = "accuracy_per_w DESC NULLS LAST, model, benchmark", text = "{model} buys the most with a watt: an accuracy of {accuracy_ratio:.1%} on {benchmark} at {mean_power_w} W, {accuracy_per_w} per watt." }

[params.benchmark]
type = "VARCHAR"
unit = "name"
text = "Only this benchmark."
known = "SELECT benchmark FROM model_accuracy WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)"

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
model = { unit = "name", text = "Model." }
benchmark = { unit = "name", text = "Benchmark of the accuracy; the run's own task where it measured accuracy itself." }
device = { unit = "name", text = "Accelerator or processor." }
accuracy_ratio = { unit = "ratio", text = "Accuracy, mean over the runs of one configuration." }
mean_power_w = { unit = "W", text = "Mean power over all devices of a run, mean over the runs of one configuration." }
accuracy_per_w = { unit = "1/W", text = "Accuracy per watt." }
accuracy_per_j = { unit = "1/J", text = "Accuracy per joule of one answer." }
task = { unit = "name", text = "Task whose power was measured." }
runs = { unit = "1", text = "Runs of the configuration: all that is named here is the same in them." }
boundary = { unit = "name", text = "What the power is of: gpu, server or facility." }
series = { unit = "name", text = "Model, device, task and what else distinguishes the row from others of the same three, in one name." }
precision = { unit = "name", text = "Number format of the run, or else of the score." }
framework = { unit = "name", text = "Inference framework of the run, or else of the score." }
variant = { unit = "name", text = "Variant of the run." }
batch_size = { unit = "1", text = "Configured batch size." }
devices = { unit = "1", text = "Devices that the run used." }
parallelism = { unit = "name", text = "How the model is split over devices." }
power_limit_w = { unit = "W", text = "Power limit of a device." }
optimizer = { unit = "name", text = "Optimiser." }
--- */
WITH runs AS (
    SELECT
        dataset,
        trace,
        model,
        device,
        task,
        precision,
        framework,
        variant,
        batch_size,
        devices,
        parallelism,
        power_limit_w,
        optimizer,
        boundary,
        accuracy_ratio,
        mean_power_w,
        coalesce(energy_per_request_j, energy_j / nullif(requests, 0)) AS answer_j
    FROM energy_run
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
        AND model IS NOT NULL AND mean_power_w > 0
),

scored AS (
    SELECT r.* EXCLUDE (accuracy_ratio), r.task AS benchmark, r.accuracy_ratio
    FROM runs AS r
    WHERE r.accuracy_ratio IS NOT NULL
    UNION ALL
    -- A published score holds for every run of the model, unless both say which precision or framework they are of and differ.
    SELECT
        r.* EXCLUDE (accuracy_ratio) REPLACE (coalesce(r.precision, a.precision) AS precision, coalesce(r.framework, a.framework) AS framework),
        a.benchmark,
        a.accuracy_ratio
    FROM runs AS r
    INNER JOIN model_accuracy AS a
        ON r.dataset = a.dataset AND (r.trace = a.trace OR a.trace IS NULL) AND r.model = a.model
        AND coalesce(r.precision = a.precision, TRUE) AND coalesce(r.framework = a.framework, TRUE)
    WHERE r.accuracy_ratio IS NULL AND a.accuracy_ratio IS NOT NULL
),

-- Repeated runs of one configuration; runs that differ in any setting are rows of their own.
configurations AS (
    SELECT
        dataset,
        trace,
        model,
        benchmark,
        device,
        task,
        boundary,
        precision,
        framework,
        variant,
        batch_size,
        devices,
        parallelism,
        power_limit_w,
        optimizer,
        avg(accuracy_ratio) AS accuracy_ratio,
        avg(mean_power_w) AS mean_power_w,
        avg(answer_j) AS answer_j,
        count(*) AS runs
    FROM scored
    WHERE benchmark = coalesce($benchmark, benchmark)
    GROUP BY
        dataset, trace, model, benchmark, device, task, boundary,
        precision, framework, variant, batch_size, devices, parallelism, power_limit_w, optimizer
)

SELECT
    dataset,
    trace,
    model,
    benchmark,
    device,
    accuracy_ratio,
    mean_power_w,
    accuracy_ratio / mean_power_w AS accuracy_per_w,
    accuracy_ratio / nullif(answer_j, 0) AS accuracy_per_j,
    task,
    runs,
    boundary,
    concat_ws(
        ', ',
        split_part(model, '/', -1), device, nullif(task, benchmark), nullif(boundary, 'gpu'),
        CASE
            WHEN count(*) OVER (PARTITION BY dataset, trace, model, benchmark, device, task, boundary) > 1
                THEN nullif(
                    concat_ws(
                        ', ', precision, framework, variant, 'batch ' || batch_size, devices || ' devices', parallelism,
                        power_limit_w || ' W', optimizer
                    ),
                    ''
                )
        END
    ) AS series,
    precision,
    framework,
    variant,
    batch_size,
    devices,
    parallelism,
    power_limit_w,
    optimizer
FROM configurations
ORDER BY
    dataset, trace, model, benchmark, device, task, boundary,
    precision, framework, variant, batch_size, devices, parallelism, power_limit_w, optimizer
