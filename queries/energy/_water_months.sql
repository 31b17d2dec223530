/* ---
title = "Water intensity by month"
question = "What are water, climate and carbon in each month of each region?"
reads = ["water_intensity"]
source = "docs/definitions.md"

[params.region]
type = "VARCHAR"
unit = "name"
text = "Only this place: its name, its id or its ISO 3166-1 alpha-3 code."

[params.onsite]
type = "VARCHAR"
default = "cold_water"
choices = ["cold_water", "approach"]
unit = "name"
text = "Which cooling-tower model gives the onsite water."

[params.longest_s]
type = "DOUBLE"
unit = "s"
text = "Only means over at most so long, whose month is known; all by default."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
region = { unit = "name", text = "Region." }
in_month = { unit = "instant", text = "First instant of the month; NULL where none is published." }
wue = { unit = "L/kWh", text = "Mean on-site water." }
ewif = { unit = "L/kWh", text = "Mean off-site water." }
wet_bulb_c = { unit = "degC", text = "Mean wet-bulb temperature." }
leakage = { unit = "ratio", text = "Mean leakage." }
own_pue = { unit = "1", text = "Mean PUE, where it is published." }
carbon = { unit = "g/kWh", text = "Mean carbon intensity." }
region_id = { unit = "id", text = "Code of the region." }
country_iso3 = { unit = "id", text = "Country." }
--- */
SELECT
    dataset,
    trace,
    region,
    date_trunc('month', started_at) AS in_month,
    avg(coalesce(CASE WHEN $onsite = 'approach' THEN wue_approach_l_per_kwh ELSE wue_cold_water_l_per_kwh END, wue_reported_l_per_kwh)) AS wue,
    avg(ewif_l_per_kwh) AS ewif,
    avg(wet_bulb_c) AS wet_bulb_c,
    avg(leakage_ratio) AS leakage,
    avg(pue) AS own_pue,
    avg(carbon_g_per_kwh) AS carbon,
    min(region_id) AS region_id,
    min(country_iso3) AS country_iso3
FROM water_intensity
WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
    AND ($longest_s IS NULL OR (started_at IS NOT NULL AND coalesce(width_s, 0) <= $longest_s))
    AND ($region IS NULL OR lower($region) IN (lower(region), lower(region_id), lower(country_iso3)))
GROUP BY dataset, trace, region, in_month
