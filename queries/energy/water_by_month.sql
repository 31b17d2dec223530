/* ---
title = "Water by month"
question = "When in the year does computing take the most water?"
reads = ["water_intensity"]
uses = ["energy/_water_months"]
requires = ["water_intensity.started_us"]
source = "Mean over years of the mean within the calendar month"
key = ["dataset", "trace", "region", "month"]
chart = { kind = "line", x = "month", y = "wue_l_per_kwh", color = "region" }
finding = { pick = "wue_l_per_kwh DESC NULLS LAST, region, month", text = "The thirstiest month is month {month} in {region}, with {wue_l_per_kwh} L per kWh of IT energy onsite." }

[params.region]
type = "VARCHAR"
unit = "name"
text = "Only this place: its name, its id or its ISO 3166-1 alpha-3 code."
known = "SELECT unnest([region, region_id, country_iso3]) FROM water_intensity WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)"

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
month = { unit = "1", text = "Month of the year, 1 to 12." }
wue_l_per_kwh = { unit = "L/kWh", text = "Onsite water per kWh of IT energy." }
ewif_l_per_kwh = { unit = "L/kWh", text = "Water per kWh generated." }
wet_bulb_c = { unit = "degC", text = "Mean wet-bulb temperature." }
years = { unit = "1", text = "Years that have the month." }
--- */
-- A year's mean says nothing of a month.
SELECT
    dataset,
    trace,
    region,
    month(in_month) AS month,
    avg(wue) AS wue_l_per_kwh,
    avg(ewif) AS ewif_l_per_kwh,
    avg(wet_bulb_c) AS wet_bulb_c,
    count(*) AS years
FROM _energy_water_months(p_dataset := $dataset, p_trace := $trace, p_region := $region, p_onsite := $onsite, p_longest_s := 32 * 86400)
GROUP BY ALL
ORDER BY dataset, trace, region, month
