/* ---
title = "Water per kilowatt-hour"
question = "How much water does a kilowatt-hour of computing take, by region?"
reads = ["water_intensity"]
uses = ["energy/_water_months"]
source = "Shumba et al., arXiv:2412.03716, equations 1 to 5; PUE multiplies the offsite term only"
key = ["dataset", "trace", "region"]
chart = { kind = "bar", x = "wue_l_per_kwh", y = "region", color = "trace", top = 20, sort = "-wue_l_per_kwh" }
finding = { pick = "coalesce(water_l_per_kwh, ewif_l_per_kwh, wue_l_per_kwh) DESC NULLS LAST", text = "{region} is the thirstiest in {dataset}/{trace}: {wue_l_per_kwh} L/kWh onsite, {ewif_l_per_kwh} L per kWh generated." }

[params.pue]
type = "DOUBLE"
unit = "1"
text = "Power usage effectiveness for every region; the row's own by default, never 1."

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
wue_l_per_kwh = { unit = "L/kWh", text = "Onsite water per kWh of IT energy, mean over months of the mean within the month." }
ewif_l_per_kwh = { unit = "L/kWh", text = "Water per kWh of electricity generated." }
leakage_ratio = { unit = "ratio", text = "Water lost in supply, as a fraction of the onsite water." }
water_l_per_kwh = { unit = "L/kWh", text = "Onsite with leakage plus PUE times offsite; NULL without a PUE." }
pue = { unit = "1", text = "Power usage effectiveness that was used." }
region_id = { unit = "id", text = "Region, as the source keys it." }
country_iso3 = { unit = "id", text = "ISO 3166-1 alpha-3 code." }
carbon_g_per_kwh = { unit = "g/kWh", text = "Carbon intensity that the source gives with the water, mean over months." }
months = { unit = "1", text = "Calendar months that the means are over; 1 where there is no time." }
--- */
WITH regions AS (
    SELECT
        dataset,
        trace,
        region,
        avg(wue) AS wue,
        avg(ewif) AS ewif,
        avg(leakage) AS leakage,
        coalesce(max($pue), avg(own_pue)) AS used_pue,
        avg(carbon) AS carbon,
        min(region_id) AS region_id,
        min(country_iso3) AS country_iso3,
        count(*) AS months
    FROM _energy_water_months(p_dataset := $dataset, p_trace := $trace, p_onsite := $onsite)
    GROUP BY dataset, trace, region
)

SELECT
    dataset,
    trace,
    region,
    wue AS wue_l_per_kwh,
    ewif AS ewif_l_per_kwh,
    leakage AS leakage_ratio,
    wue * (1 + coalesce(leakage, 0)) + used_pue * ewif AS water_l_per_kwh,
    used_pue AS pue,
    region_id,
    country_iso3,
    carbon AS carbon_g_per_kwh,
    months
FROM regions
ORDER BY dataset, trace, region
