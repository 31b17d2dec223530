/* ---
title = "Energy per request"
question = "How much energy does a request, an image or a video take?"
reads = ["energy_run"]
params_from = "energy/per_token"
uses = ["energy/_spread"]
requires = ["energy_run.energy_per_request_j"]
source = "Joules of the run over its requests, images or videos; quantiles over runs, linear. Boundaries are never mixed"
key = ["dataset", "trace", "group_name", "boundary"]
chart = { kind = "range", x = "min_j", x2 = "p50_j", y = "group_name", color = "boundary", log = ["x"], sort = "p50_j", top = 40 }
finding = { pick = "runs DESC, dataset, trace, group_name", text = "Over {runs} runs of {group_name} in {dataset}/{trace} one takes {p50_j} J at the median, from {min_j} to {max_j} J ({boundary})." }
n = { column = "runs" }

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
group_name = { unit = "name", text = "Task, device or model; all for by = none." }
runs = { unit = "1", text = "Runs with an energy per request." }
min_j = { unit = "J/request", text = "Least energy per request." }
p50_j = { unit = "J/request", text = "Median energy per request." }
mean_j = { unit = "J/request", text = "Mean energy per request." }
p99_j = { unit = "J/request", text = "99th percentile." }
max_j = { unit = "J/request", text = "Most energy per request." }
boundary = { unit = "name", text = "What the energy is of: gpu, server or facility; different boundaries are different rows." }
models = { unit = "1", text = "Models among the runs: groups that hold other models, or the same in other settings, are not to be held against each other. See energy/significance." }
settings = { unit = "1", text = "Settings among the runs: model, task, device, devices, batch size, precision, framework and parallelism." }
--- */
SELECT * FROM _energy_spread(p_dataset := $dataset, p_trace := $trace, p_per := 'request', p_by := $by, p_task := $task)
ORDER BY dataset, trace, group_name, boundary
