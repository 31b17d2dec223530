/* ---
title = "Tracked runs"
question = "How much energy did a tracked run take, and how much would adding up its rows give?"
reads = ["energy_run"]
requires = ["energy_run.energy_j", "energy_run.carbon_g"]
source = "codecarbon writes a row per run, or running totals, of which the last row is the run and the sum counts the beginning again and again, or a row per task, which add up to the run"
key = ["dataset", "trace", "run"]
chart = { kind = "bar", x = "energy_kwh", y = "run", color = "dataset", top = 40, sort = "-energy_kwh" }
finding = { pick = "overcount DESC NULLS LAST, rows DESC, run", text = "Run {run} took {energy_kwh} kWh in {duration_s} s; the sum of its {rows} rows is {overcount} times as much." }

[params.by]
type = "VARCHAR"
default = "run"
choices = ["run", "task"]
unit = "name"
text = "A row per run, or per task of a run whose rows are tasks."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
run = { unit = "id", text = "Measured run." }
task = { unit = "name", text = "Task, or what the run's rows are called; NULL for a run of several tasks." }
rows = { unit = "1", text = "Rows of the run." }
is_cumulative = { unit = "bool", text = "Whether the rows are running totals: two or more, none a task, and energy never falls from one to the next." }
duration_s = { unit = "s", text = "Duration: at the last row, or the sum of the tasks'." }
energy_kwh = { unit = "kWh", text = "Energy: at the last row, or the sum of the tasks'." }
carbon_g = { unit = "g", text = "Carbon: at the last row, or the sum of the tasks'." }
water_l = { unit = "L", text = "Water: at the last row, or the sum of the tasks'." }
sum_kwh = { unit = "kWh", text = "Sum over the rows." }
overcount = { unit = "1", text = "Sum over the rows over the energy: 1 for a single row and for tasks." }
boundary = { unit = "name", text = "What the energy is of: gpu, server or facility." }
--- */
WITH chosen AS (
    SELECT
        *,
        coalesce(is_part, FALSE) AS is_task,
        CASE WHEN $by = 'task' AND is_part THEN task END AS part,
        energy_j >= lag(energy_j) OVER (
            PARTITION BY dataset, trace, run_id
            ORDER BY duration_s, source_row
        ) AS is_rising
    FROM energy_run
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
        AND energy_j IS NOT NULL AND duration_s IS NOT NULL
),

-- Tasks add up; of totals the last one counts.
runs AS (
    SELECT
        dataset,
        trace,
        run_id,
        part,
        count(*) AS rows,
        CASE WHEN count(DISTINCT task) = 1 THEN any_value(task) END AS task,
        coalesce(bool_and(is_rising) AND NOT bool_or(is_task), FALSE) AS is_cumulative,
        CASE WHEN bool_or(is_task) THEN sum(duration_s) ELSE max(duration_s) END AS duration_s,
        CASE WHEN bool_or(is_task) THEN sum(energy_j) ELSE arg_max(energy_j, (duration_s, source_row)) END AS joules,
        CASE WHEN bool_or(is_task) THEN sum(carbon_g) ELSE arg_max(carbon_g, (duration_s, source_row)) END AS carbon_g,
        CASE WHEN bool_or(is_task) THEN sum(water_l) ELSE arg_max(water_l, (duration_s, source_row)) END AS water_l,
        sum(energy_j) AS sum_j,
        any_value(boundary) AS boundary
    FROM chosen
    GROUP BY dataset, trace, run_id, part
    -- Runs of benchmarks are no tracked ones: what a tracker writes has its carbon.
    HAVING count(carbon_g) > 0
)

SELECT
    dataset,
    trace,
    run_id AS run,
    task,
    rows,
    is_cumulative,
    duration_s,
    joules / 3.6e6 AS energy_kwh,
    carbon_g,
    water_l,
    sum_j / 3.6e6 AS sum_kwh,
    sum_j / nullif(joules, 0) AS overcount,
    boundary
FROM runs
ORDER BY dataset, trace, run_id, part NULLS FIRST
