/* ---
title = "Runs of cumulative trackers"
question = "How much energy did a tracked run take, and how much would adding up its rows give?"
reads = ["energy_run"]
requires = ["energy_run.energy_j", "energy_run.carbon_g"]
source = "codecarbon writes running totals: the last row of a run is the run; its sum counts the beginning again and again"
chart = { kind = "bar", x = "energy_kwh", y = "run", color = "dataset", top = 40, sort = "-energy_kwh" }
finding = { pick = "overcount DESC NULLS LAST, rows DESC, run", text = "Run {run} took {energy_kwh} kWh; adding up its {rows} rows would give {overcount} times as much." }

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
run = { unit = "id", text = "Measured run." }
rows = { unit = "1", text = "Rows of the run." }
is_cumulative = { unit = "bool", text = "Whether energy never falls from one row to the next, over two rows or more." }
duration_s = { unit = "s", text = "Duration at the last row." }
energy_kwh = { unit = "kWh", text = "Energy at the last row." }
carbon_g = { unit = "g", text = "Carbon at the last row." }
water_l = { unit = "L", text = "Water at the last row." }
sum_kwh = { unit = "kWh", text = "Sum over the rows." }
overcount = { unit = "1", text = "Sum over the rows over the last row." }
boundary = { unit = "name", text = "What the energy is of: gpu, server or facility." }
--- */
WITH ordered AS (
    SELECT
        *,
        energy_j >= lag(energy_j) OVER (
            PARTITION BY dataset, trace, run_id
            ORDER BY duration_s, source_row
        ) AS is_rising
    FROM energy_run
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
        AND energy_j IS NOT NULL AND duration_s IS NOT NULL
)

SELECT
    dataset,
    trace,
    run_id AS run,
    count(*) AS rows,
    coalesce(bool_and(is_rising), FALSE) AS is_cumulative,
    max(duration_s) AS duration_s,
    arg_max(energy_j, (duration_s, source_row)) / 3.6e6 AS energy_kwh,
    arg_max(carbon_g, (duration_s, source_row)) AS carbon_g,
    arg_max(water_l, (duration_s, source_row)) AS water_l,
    sum(energy_j) / 3.6e6 AS sum_kwh,
    sum(energy_j) / nullif(arg_max(energy_j, (duration_s, source_row)), 0) AS overcount,
    any_value(boundary) AS boundary
FROM ordered
GROUP BY dataset, trace, run_id
-- A run of one row is a total already.
HAVING count(*) > 1
ORDER BY dataset, trace, run_id
