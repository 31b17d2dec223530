/* ---
title = "Prices of an output token"
question = "What does an output token cost in energy, water and carbon at each place?"
reads = ["energy_run", "water_intensity", "grid_mix", "factor"]
uses = ["footprint/energy_model", "footprint/place"]
source = "docs/definitions.md"

[params.model]
type = "VARCHAR"
unit = "name"
text = "Model whose measured energy is taken: its id, or the part after the last slash; the middle one of all measured models, each by its median, by default."

[params.device]
type = "VARCHAR"
unit = "name"
text = "Only measurements on this device."

[params.batch_size]
type = "BIGINT"
unit = "1"
text = "Only measurements with this configured batch size; the median over all by default."

[params.task]
type = "VARCHAR"
unit = "name"
text = "Only measurements of this task."

[params.energy_per_token_j]
type = "DOUBLE"
unit = "J/token"
text = "Stated energy per output token in place of a measurement."

[params.place]
type = "VARCHAR"
unit = "id"
text = "Only places of this dataset and trace, such as african-wue/country-month."

[params.boundary]
type = "VARCHAR"
choices = ["gpu", "server", "facility", ""]
default = ""
unit = "name"
text = "What a stated energy per token is the energy of; server where it is not said."

[params.it_factor]
type = "DOUBLE"
default = 1.0
unit = "1"
text = "IT energy over measured energy: 1.5 to 2 turns the GPUs' into the server's."

[params.region]
type = "VARCHAR"
unit = "name"
text = "Place: name, id or ISO 3166-1 alpha-3 code; without one there is energy alone."

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

[params.all_places]
type = "BOOLEAN"
default = false
unit = "bool"
text = "Whether all places are given where none is named or stated."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
modality = { unit = "name", text = "text or image: what the requests are priced as." }
is_placed = { unit = "bool", text = "Whether there is a place; without one there is energy, and neither water nor carbon." }
place = { unit = "id", text = "Dataset and trace of the place." }
region = { unit = "name", text = "Region or country." }
country_iso3 = { unit = "id", text = "ISO 3166-1 alpha-3 code." }
wue_l_per_kwh = { unit = "L/kWh", text = "Onsite water per kWh of IT energy." }
ewif_l_per_kwh = { unit = "L/kWh", text = "Water per kWh generated." }
leakage_ratio = { unit = "ratio", text = "Water lost in supply, as a fraction of the onsite water; unknown counts as none." }
pue = { unit = "1", text = "Power usage effectiveness; unknown stays unknown." }
carbon_g_per_kwh = { unit = "g/kWh", text = "Carbon intensity of the grid." }
ewif_low_l_per_kwh = { unit = "L/kWh", text = "Least water per kWh generated, over the place's own and the factor tables." }
ewif_high_l_per_kwh = { unit = "L/kWh", text = "Most water per kWh generated, over the place's own and the factor tables." }
factor_sets = { unit = "1", text = "Factor tables that the range is over, besides the place's own value." }
basis = { unit = "text", text = "Where each value comes from." }
joules = { unit = "J/token", text = "Energy per output token; NULL where no measured run fits." }
low_joules = { unit = "J/token", text = "Least of the measured runs." }
high_joules = { unit = "J/token", text = "Most of the measured runs." }
pue_inside = { unit = "1", text = "PUE that the energy has inside already: that of the place for a facility's energy, else 1." }
boundary = { unit = "name", text = "What the energy is of: gpu, server or facility." }
energy_basis = { unit = "text", text = "Where the energy is from, or that no measured run fits." }
--- */
WITH energy AS (
    SELECT
        modality,
        joules_per_token * $it_factor AS joules,
        low_j_per_token * $it_factor AS low_joules,
        high_j_per_token * $it_factor AS high_joules,
        boundary AS measured,
        basis
    FROM footprint_energy_model(
        p_dataset := $dataset, p_trace := $trace, p_model := $model, p_device := $device, p_batch_size := $batch_size, p_task := $task,
        p_energy_per_token_j := $energy_per_token_j, p_boundary := $boundary
    )
    WHERE is_chosen
),

places AS (
    SELECT *
    FROM footprint_place(
        p_dataset := $dataset, p_trace := $trace, p_region := $region, p_pue := $pue, p_onsite := $onsite, p_wue_l_per_kwh := $wue_l_per_kwh,
        p_ewif_l_per_kwh := $ewif_l_per_kwh, p_leakage_ratio := $leakage_ratio, p_carbon_g_per_kwh := $carbon_g_per_kwh,
        p_factor_set := $factor_set
    )
    WHERE ($place IS NULL OR dataset || '/' || trace = $place)
        AND ($all_places OR $region IS NOT NULL OR ($wue_l_per_kwh IS NOT NULL AND $ewif_l_per_kwh IS NOT NULL))
)

SELECT
    p.dataset,
    p.trace,
    m.modality,
    p.dataset IS NOT NULL AS is_placed,
    p.dataset || '/' || p.trace AS place,
    p.region,
    p.country_iso3,
    p.wue_l_per_kwh,
    p.ewif_l_per_kwh,
    p.leakage_ratio,
    p.pue,
    p.carbon_g_per_kwh,
    p.ewif_low_l_per_kwh,
    p.ewif_high_l_per_kwh,
    p.factor_sets,
    p.basis,
    e.joules,
    e.low_joules,
    e.high_joules,
    CASE WHEN e.measured = 'facility' THEN p.pue ELSE 1 END AS pue_inside,
    CASE WHEN e.measured = 'gpu' AND $it_factor > 1 THEN 'server' ELSE e.measured END AS boundary,
    coalesce(
        e.basis,
        concat('no measured ', m.modality, ' run fits ' || nullif(concat_ws(', ', $model, $device, 'batch size ' || $batch_size, $task), ''))
    ) AS energy_basis
-- A request of text is never priced by runs on images, nor the other way round.
FROM (SELECT unnest(['text', 'image']) AS modality) AS m
LEFT JOIN places AS p ON TRUE
LEFT JOIN energy AS e ON e.modality IS NULL OR m.modality = e.modality
