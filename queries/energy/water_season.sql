/* ---
title = "Seasons of water"
question = "How far does the water of cooling swing over the year?"
reads = ["water_intensity"]
requires = ["water_intensity.started_us"]
uses = ["energy/water_by_month"]
source = "Least and most over calendar months of the mean within the month"
key = ["dataset", "trace", "region"]
chart = { kind = "range", x = "low_l_per_kwh", x2 = "high_l_per_kwh", y = "region", color = "dataset", sort = "-high_l_per_kwh", top = 60 }
finding = { pick = "swing_ratio DESC NULLS LAST, region", text = "It swings most in {region}: from {low_l_per_kwh} L/kWh in month {low_month} to {high_l_per_kwh} in month {high_month}." }

[params.onsite]
type = "VARCHAR"
default = "cold_water"
choices = ["cold_water", "approach"]
unit = "name"
text = "Which cooling-tower model gives the onsite water."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
region = { unit = "name", text = "Region or country." }
months = { unit = "1", text = "Calendar months with a value." }
low_l_per_kwh = { unit = "L/kWh", text = "Onsite water in the driest month." }
low_month = { unit = "1", text = "That month." }
high_l_per_kwh = { unit = "L/kWh", text = "Onsite water in the thirstiest month." }
high_month = { unit = "1", text = "That month." }
swing_ratio = { unit = "ratio", text = "Difference of the two over the mean of the months." }
ewif_low_l_per_kwh = { unit = "L/kWh", text = "Least water per kWh generated." }
ewif_high_l_per_kwh = { unit = "L/kWh", text = "Most water per kWh generated." }
--- */
SELECT
    dataset,
    trace,
    region,
    count(wue_l_per_kwh) AS months,
    min(wue_l_per_kwh) AS low_l_per_kwh,
    arg_min(month, (wue_l_per_kwh, month)) FILTER (WHERE wue_l_per_kwh IS NOT NULL) AS low_month,
    max(wue_l_per_kwh) AS high_l_per_kwh,
    arg_max(month, (wue_l_per_kwh, -month)) FILTER (WHERE wue_l_per_kwh IS NOT NULL) AS high_month,
    (max(wue_l_per_kwh) - min(wue_l_per_kwh)) / nullif(avg(wue_l_per_kwh), 0) AS swing_ratio,
    min(ewif_l_per_kwh) AS ewif_low_l_per_kwh,
    max(ewif_l_per_kwh) AS ewif_high_l_per_kwh
FROM energy_water_by_month(p_dataset := $dataset, p_trace := $trace, p_onsite := $onsite)
GROUP BY dataset, trace, region
ORDER BY dataset, trace, region
