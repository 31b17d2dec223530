/* ---
title = "Intelligence per watt"
question = "How much accuracy does a watt buy?"
reads = ["energy_run", "model_accuracy"]
requires = ["energy_run.mean_power_w", "energy_run.energy_per_request_j", "energy_run.accuracy_ratio | model_accuracy.accuracy_ratio"]
source = "Intelligence per watt: accuracy / mean power, arXiv:2511.07885; per joule: accuracy / energy of one answer"
chart = { kind = "bar", x = "accuracy_per_w", y = "series", color = "benchmark", sort = "-accuracy_per_w", top = 40 }
finding = { pick = "accuracy_per_w DESC NULLS LAST, model, benchmark", text = "{model} buys the most with a watt: an accuracy of {accuracy_ratio:.1%} on {benchmark} at {mean_power_w} W, {accuracy_per_w} per watt." }

[params.benchmark]
type = "VARCHAR"
unit = "name"
text = "Only this benchmark."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
model = { unit = "name", text = "Model." }
benchmark = { unit = "name", text = "Benchmark of the accuracy; the run's own task where it measured accuracy itself." }
device = { unit = "name", text = "Accelerator or processor." }
accuracy_ratio = { unit = "ratio", text = "Accuracy, mean over the group's runs." }
mean_power_w = { unit = "W", text = "Mean power over all devices of a run, mean over the group's runs." }
accuracy_per_w = { unit = "1/W", text = "Accuracy per watt." }
accuracy_per_j = { unit = "1/J", text = "Accuracy per joule of one answer." }
task = { unit = "name", text = "Task whose power was measured." }
runs = { unit = "1", text = "Runs in the group." }
boundary = { unit = "name", text = "What the power is of: gpu, server or facility." }
series = { unit = "name", text = "Model, device and task in one name." }
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
    SELECT r.* EXCLUDE (accuracy_ratio), a.benchmark, a.accuracy_ratio
    FROM runs AS r
    INNER JOIN model_accuracy AS a
        ON r.dataset = a.dataset AND (r.trace = a.trace OR a.trace IS NULL) AND r.model = a.model
        AND coalesce(r.precision = a.precision, TRUE) AND coalesce(r.framework = a.framework, TRUE)
    WHERE r.accuracy_ratio IS NULL AND a.accuracy_ratio IS NOT NULL
)

SELECT
    dataset,
    trace,
    model,
    benchmark,
    device,
    avg(accuracy_ratio) AS accuracy_ratio,
    avg(mean_power_w) AS mean_power_w,
    avg(accuracy_ratio) / avg(mean_power_w) AS accuracy_per_w,
    avg(accuracy_ratio) / nullif(avg(answer_j), 0) AS accuracy_per_j,
    task,
    count(*) AS runs,
    boundary,
    concat_ws(', ', split_part(model, '/', -1), device, nullif(task, benchmark), nullif(boundary, 'gpu')) AS series
FROM scored
WHERE benchmark = coalesce($benchmark, benchmark)
GROUP BY dataset, trace, model, benchmark, device, task, boundary
ORDER BY dataset, trace, model, benchmark, device, task, boundary
