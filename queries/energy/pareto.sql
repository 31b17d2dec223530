/* ---
title = "Pareto front of energy"
question = "Which configurations cannot be beaten in energy and in speed or accuracy at once?"
reads = ["energy_run", "model_accuracy"]
requires = ["energy_run.model"]
source = "A run is on the front when no other run of its group is better in one and at least as good in the other; only runs of one boundary whose joules and seconds are of the same thing compete"
key = ["dataset", "trace", "group_name", "boundary", "basis", "run_id"]
chart = { kind = "line", x = "seconds", y = "joules", color = "model", log = ["x", "y"] }
finding = { pick = "runs DESC, dataset, trace, group_name, joules, run_id", text = "Of the {runs} runs of {group_name} in {dataset}/{trace}, {front_runs} are on the front; the most frugal of them takes {joules} J." }

[params.against]
type = "VARCHAR"
default = "latency"
choices = ["latency", "accuracy"]
unit = "name"
text = "What energy is weighed against: the time between tokens (of a batch, where there are no tokens), or accuracy."

[params.within]
type = "VARCHAR"
default = "model"
choices = ["model", "task"]
unit = "name"
text = "Against latency: runs of one model compete, or all models of a task. Accuracy is always weighed among models."

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

[params.all_runs]
type = "BOOLEAN"
default = false
unit = "bool"
text = "Give the runs that are beaten as well."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
group_name = { unit = "name", text = "What the runs compete in: model and task, task, or benchmark." }
model = { unit = "name", text = "Model." }
device = { unit = "name", text = "Accelerator or processor." }
devices = { unit = "1", text = "Devices that the run used." }
batch_size = { unit = "1", text = "Configured batch size." }
precision = { unit = "name", text = "Number format." }
joules = { unit = "J", text = "Energy per output token, or per answer where there are none or accuracy is what counts." }
seconds = { unit = "s", text = "Median time between tokens; of a batch or request where there are none." }
accuracy_ratio = { unit = "ratio", text = "Accuracy; unknown when weighed against latency." }
is_front = { unit = "bool", text = "Whether no run beats it." }
runs = { unit = "1", text = "Runs of the group." }
front_runs = { unit = "1", text = "Runs of the group on the front." }
run_id = { unit = "id", text = "Measured run." }
boundary = { unit = "name", text = "What the energy is of: gpu, server or facility." }
basis = { unit = "name", text = "What joules and seconds are of: token or answer, between tokens or whole." }
--- */
WITH runs AS (
    SELECT
        *,
        coalesce(itl_p50_s, latency_s) AS seconds,
        coalesce(energy_per_request_j, energy_j / nullif(requests, 0)) AS answer_j,
        CASE WHEN itl_p50_s IS NULL THEN 'whole' ELSE 'between tokens' END AS seconds_of
    FROM energy_run
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
        AND model IS NOT NULL
        AND ($task IS NULL OR lower(task) = lower($task)) AND ($model IS NULL OR lower($model) IN (lower(model), lower(split_part(model, '/', -1))))
),

-- The lower, the better: in energy, and in badness (seconds, or what accuracy lacks).
candidates AS (
    SELECT
        dataset, trace,
        CASE WHEN $within = 'task' THEN coalesce(task, 'all') ELSE concat_ws(', ', model, task) END AS group_name,
        model, device, devices, batch_size, precision, run_id, source_row, boundary,
        CASE WHEN energy_per_token_j IS NULL THEN 'answer, ' ELSE 'token, ' END || seconds_of AS basis,
        coalesce(energy_per_token_j, answer_j) AS joules,
        seconds, CAST(NULL AS DOUBLE) AS accuracy_ratio, seconds AS badness
    FROM runs
    WHERE $against = 'latency' AND seconds > 0
    UNION ALL
    SELECT
        r.dataset, r.trace, coalesce(a.benchmark, r.task, 'all') AS group_name,
        r.model, r.device, r.devices, r.batch_size, coalesce(r.precision, a.precision) AS precision, r.run_id, r.source_row, r.boundary,
        CASE WHEN r.answer_j IS NULL THEN 'token' ELSE 'answer' END AS basis,
        coalesce(r.answer_j, r.energy_per_token_j) AS joules,
        r.seconds, coalesce(a.accuracy_ratio, r.accuracy_ratio) AS accuracy_ratio, 1 - coalesce(a.accuracy_ratio, r.accuracy_ratio) AS badness
    FROM runs AS r
    LEFT JOIN model_accuracy AS a
        ON r.dataset = a.dataset AND (r.trace = a.trace OR a.trace IS NULL) AND r.model = a.model AND r.accuracy_ratio IS NULL
        AND coalesce(r.precision = a.precision, TRUE) AND coalesce(r.framework = a.framework, TRUE)
    WHERE $against = 'accuracy' AND coalesce(a.accuracy_ratio, r.accuracy_ratio) IS NOT NULL
),

-- On the front: no run that is at least as good in the other measure takes less energy, and none of the same energy is better in it.
walked AS (
    SELECT
        *,
        min(badness) OVER (PARTITION BY dataset, trace, group_name, boundary, basis, joules) AS least_at_joules,
        min(joules) OVER (before RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS least_up_to,
        count(*) OVER (PARTITION BY dataset, trace, group_name, boundary, basis) AS runs
    FROM candidates
    WHERE joules > 0
    WINDOW before AS (PARTITION BY dataset, trace, group_name, boundary, basis ORDER BY badness)
),

judged AS (
    SELECT
        *,
        joules = least_up_to AND badness = least_at_joules AS is_front
    FROM walked
)

SELECT
    dataset,
    trace,
    group_name,
    model,
    device,
    devices,
    batch_size,
    precision,
    joules,
    seconds,
    accuracy_ratio,
    is_front,
    runs,
    front_runs,
    run_id,
    boundary,
    basis
FROM (
    SELECT *, count(*) FILTER (WHERE is_front) OVER (PARTITION BY dataset, trace, group_name, boundary, basis) AS front_runs
    FROM judged
)
WHERE is_front OR $all_runs
ORDER BY dataset, trace, group_name, boundary, basis, badness, joules, source_row, run_id
