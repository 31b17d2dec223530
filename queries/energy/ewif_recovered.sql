/* ---
title = "Factors recovered from data"
question = "Which water factors did a dataset use for each fuel?"
reads = ["water_intensity", "grid_mix"]
requires = ["water_intensity.ewif_l_per_kwh", "grid_mix.share_ratio"]
compute = "recover.factors"
source = "Least squares of the published water per kWh on the shares of the fuels at the same place and instant; a fuel that never varies on its own cannot be determined"
key = ["dataset", "trace", "fuel"]
chart = { kind = "bar", x = "ewif_l_per_kwh", y = "fuel", color = "trace", sort = "-ewif_l_per_kwh" }
finding = { pick = "ewif_l_per_kwh DESC NULLS LAST, fuel", text = "{dataset}/{trace} reckons {fuel} at {ewif_l_per_kwh} L per kWh; over {rows} rows the fit is at most {max_residual_l_per_kwh} L/kWh off." }
n = { column = "rows", over = ["dataset", "trace"] }

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
fuel = { unit = "name", text = "Energy source." }
ewif_l_per_kwh = { unit = "L/kWh", text = "Water per kWh of the fuel by the fit; unknown where it cannot be determined." }
rows = { unit = "1", text = "Places and instants with both." }
mean_share = { unit = "ratio", text = "Mean share of the fuel." }
max_residual_l_per_kwh = { unit = "L/kWh", text = "Largest difference between fit and data." }
--- */
SELECT
    w.dataset,
    w.trace,
    w.region_id,
    w.started_us,
    w.ewif_l_per_kwh AS ewif,
    g.fuel,
    g.share_ratio AS share
FROM water_intensity AS w
INNER JOIN grid_mix AS g ON w.dataset = g.dataset AND w.trace = g.trace AND w.region_id = g.region_id AND w.started_us = g.started_us
WHERE w.dataset = coalesce($dataset, w.dataset) AND w.trace = coalesce($trace, w.trace)
    AND g.fuel <> 'total' AND w.ewif_l_per_kwh IS NOT NULL AND g.share_ratio IS NOT NULL
ORDER BY w.dataset, w.trace, w.region_id, w.started_us, g.fuel
