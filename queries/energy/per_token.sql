/* ---
title = "Energy per token"
question = "How much energy does an output token take?"
reads = ["energy_run"]
uses = ["energy/_spread"]
requires = ["energy_run.energy_per_token_j"]
source = "Joules of the run over its output tokens, the prompt's energy inside; quantiles over runs, linear. Boundaries are never mixed"
key = ["dataset", "trace", "grp", "boundary"]
chart = { kind = "range", x = "min_j", x2 = "p50_j", y = "grp", color = "boundary", log = ["x"], sort = "p50_j", top = 40 }
finding = { pick = "runs DESC, dataset, trace, grp", text = "Over {runs} runs of {grp} in {dataset}/{trace} an output token takes {p50_j} J at the median, from {min_j} to {max_j} J ({boundary})." }
n = { column = "runs" }

[params.by]
type = "VARCHAR"
default = "task"
choices = ["task", "device", "model", "none"]
unit = "name"
text = "What runs are grouped by."

[params.task]
type = "VARCHAR"
unit = "name"
text = "Only this task."
known = "SELECT task FROM energy_run WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)"

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
grp = { unit = "name", text = "Task, device or model; all for by = none." }
runs = { unit = "1", text = "Runs with an energy per token." }
min_j = { unit = "J/token", text = "Least energy per output token." }
p50_j = { unit = "J/token", text = "Median energy per output token." }
mean_j = { unit = "J/token", text = "Mean energy per output token." }
p99_j = { unit = "J/token", text = "99th percentile." }
max_j = { unit = "J/token", text = "Most energy per output token." }
boundary = { unit = "name", text = "What the energy is of: gpu, server or facility; different boundaries are different rows." }
models = { unit = "1", text = "Models among the runs: groups that hold other models, or the same in other settings, are not to be held against each other. See energy/significance." }
settings = { unit = "1", text = "Settings among the runs: model, task, device, devices, batch size, precision, framework and parallelism." }
--- */
SELECT
    dataset,
    trace,
    group_name AS grp,
    runs,
    min_j,
    p50_j,
    mean_j,
    p99_j,
    max_j,
    boundary,
    models,
    settings
FROM _energy_spread(p_dataset := $dataset, p_trace := $trace, p_per := 'token', p_by := $by, p_task := $task)
ORDER BY dataset, trace, grp, boundary
