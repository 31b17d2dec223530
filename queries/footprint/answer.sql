/* ---
title = "Footprint of one answer"
question = "What does an answer of a known energy cost, and where would it cost least?"
reads = ["water_intensity", "grid_mix", "factor"]
requires = ["water_intensity.region"]
uses = ["footprint/place"]
source = "Server energy times WUE (1 + leakage) + PUE EWIF, arXiv:2412.03716: a report of 5,000 tokens by Llama-3-70B takes 52.25 Wh, an email of 250 tokens 10 Wh"
key = ["dataset", "trace", "region"]
chart = { kind = "bar", x = "offsite_per_pue_ml", y = "region", color = "trace", sort = "offsite_per_pue_ml", top = 60 }
finding = { pick = "coalesce(water_ml, offsite_per_pue_ml) DESC NULLS LAST, region", text = "It costs most in {region}, where generating its electricity alone takes {offsite_per_pue_ml} mL times the PUE." }

[params.energy_wh]
type = "DOUBLE"
default = 52.25
unit = "Wh"
text = "Server energy of the answer, before PUE."

[params.reference_l_per_kwh]
type = "DOUBLE"
default = 7.89594
unit = "L/kWh"
text = "What a kWh takes at the reference; by default the world's: 1.07 onsite, PUE 1.42, 4.807 offsite."

[params.region]
type = "VARCHAR"
unit = "name"
text = "Place: name, id or ISO 3166-1 alpha-3 code; every place by default."
known = "SELECT name FROM footprint_region(p_dataset := $dataset, p_trace := $trace)"
unless = ["wue_l_per_kwh", "ewif_l_per_kwh"]

[params.pue]
type = "DOUBLE"
unit = "1"
text = "Stated power usage effectiveness; the place's own by default, never 1."

[params.onsite]
type = "VARCHAR"
default = "cold_water"
choices = ["cold_water", "approach"]
unit = "name"
text = "Which cooling-tower model gives the onsite water."

[params.wue_l_per_kwh]
type = "DOUBLE"
unit = "L/kWh"
text = "Stated onsite water per kWh of IT energy."

[params.ewif_l_per_kwh]
type = "DOUBLE"
unit = "L/kWh"
text = "Stated water per kWh generated."

[params.leakage_ratio]
type = "DOUBLE"
unit = "ratio"
text = "Stated leakage, as a fraction of the onsite water."

[params.carbon_g_per_kwh]
type = "DOUBLE"
unit = "g/kWh"
text = "Stated carbon intensity of the grid."

[params.factor_set]
type = "VARCHAR"
unit = "name"
text = "Take the water of electricity from this factor table and the country's mix."
known = "SELECT unnest([factor_set, concat_ws(' ', factor_set, version), concat_ws(' ', factor_set, version, technology)]) FROM factor"

[columns]
dataset = { unit = "id", text = "Source id of the place." }
trace = { unit = "id", text = "One continuous recording on one clock." }
region = { unit = "name", text = "Place." }
country_iso3 = { unit = "id", text = "ISO 3166-1 alpha-3 code." }
energy_wh = { unit = "Wh", text = "Server energy of the answer." }
onsite_ml = { unit = "mL", text = "Water of cooling, with leakage." }
offsite_ml = { unit = "mL", text = "Water of generating the electricity, PUE inside." }
water_ml = { unit = "mL", text = "Onsite and offsite water; NULL where a part is unknown." }
water_l = { unit = "L", text = "The same in litres." }
carbon_g = { unit = "g", text = "Carbon, PUE inside." }
low_ml = { unit = "mL", text = "Water under the factor table that gives the least." }
high_ml = { unit = "mL", text = "Water under the factor table that gives the most." }
to_reference = { unit = "1", text = "Water over that at the reference." }
offsite_per_pue_ml = { unit = "mL", text = "Water of generating the electricity at a PUE of 1, which no facility has." }
assumptions = { unit = "text", text = "Where the values of the place come from." }
--- */
WITH places AS (
    SELECT *, wue_l_per_kwh * (1 + coalesce(leakage_ratio, 0)) AS onsite
    FROM footprint_place(
        p_dataset := $dataset, p_trace := $trace, p_region := $region, p_pue := $pue, p_onsite := $onsite, p_wue_l_per_kwh := $wue_l_per_kwh,
        p_ewif_l_per_kwh := $ewif_l_per_kwh, p_leakage_ratio := $leakage_ratio, p_carbon_g_per_kwh := $carbon_g_per_kwh,
        p_factor_set := $factor_set
    )
)

-- A watt-hour times litres per kilowatt-hour is millilitres.
SELECT
    dataset,
    trace,
    region,
    country_iso3,
    $energy_wh AS energy_wh,
    $energy_wh * onsite AS onsite_ml,
    $energy_wh * pue * ewif_l_per_kwh AS offsite_ml,
    $energy_wh * water_l_per_kwh AS water_ml,
    $energy_wh * water_l_per_kwh / 1000 AS water_l,
    $energy_wh / 1000 * pue * carbon_g_per_kwh AS carbon_g,
    $energy_wh * (onsite + pue * ewif_low_l_per_kwh) AS low_ml,
    $energy_wh * (onsite + pue * ewif_high_l_per_kwh) AS high_ml,
    water_l_per_kwh / $reference_l_per_kwh AS to_reference,
    $energy_wh * ewif_l_per_kwh AS offsite_per_pue_ml,
    basis AS assumptions
FROM places
ORDER BY dataset, trace, region, region_id
