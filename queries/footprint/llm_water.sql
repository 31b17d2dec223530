/* ---
title = "Water and carbon of requests"
question = "What do these requests cost in water and carbon, and where would they cost least?"
reads = ["llm_request", "energy_run", "water_intensity", "grid_mix", "factor"]
requires = ["llm_request.output_tokens"]
uses = ["footprint/_prices"]
source = "E_IT = J per output token x output tokens x it_factor; water = E_IT (WUE (1 + leakage) + PUE EWIF); carbon = E_IT PUE times the grid's (arXiv:2412.03716; ISO/IEC 30134-2, -8, -9)"
key = ["dataset", "trace", "place", "region"]
chart = { kind = "table" }
finding = { pick = "requests DESC, dataset, trace, ewif_l_per_kwh, place, region", text = "The {requests} requests of {dataset}/{trace} take {energy_kwh} kWh ({boundary}); where power comes with the least water, in {region}, generating one kilowatt-hour takes {ewif_l_per_kwh} L." }
n = { column = "requests", over = ["dataset", "trace"] }

[params.model]
type = "VARCHAR"
unit = "name"
text = "Model whose measured energy is taken: its id, or the part after the last slash; the middle one of all measured models, each by its median, by default."
known = "SELECT unnest([model, split_part(model, '/', -1)]) FROM energy_run WHERE energy_per_token_j > 0"
unless = ["energy_per_token_j"]

[params.device]
type = "VARCHAR"
unit = "name"
text = "Only measurements on this device."
known = "SELECT device FROM energy_run WHERE energy_per_token_j > 0"
unless = ["energy_per_token_j"]

[params.batch_size]
type = "BIGINT"
unit = "1"
text = "Only measurements with this configured batch size; the median over all by default."

[params.task]
type = "VARCHAR"
unit = "name"
text = "Only measurements of this task."
known = "SELECT task FROM energy_run WHERE energy_per_token_j > 0"
unless = ["energy_per_token_j"]

[params.region]
type = "VARCHAR"
unit = "name"
text = "Place: name, id or ISO 3166-1 alpha-3 code; every place whose onsite and offsite water are known by default."
known = "SELECT name FROM footprint_region(p_dataset := NULL, p_trace := NULL) WHERE $place IS NULL OR dataset || '/' || trace = $place"
unless = ["wue_l_per_kwh", "ewif_l_per_kwh"]

[params.pue]
type = "DOUBLE"
unit = "1"
text = "Stated power usage effectiveness; the place's own by default, never 1."

[params.energy_per_token_j]
type = "DOUBLE"
unit = "J/token"
text = "Stated energy per output token in place of a measurement."

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

[params.it_factor]
type = "DOUBLE"
default = 1.0
unit = "1"
text = "IT energy over measured energy: 1.5 to 2 turns the GPUs' into the server's."

[params.onsite]
type = "VARCHAR"
default = "cold_water"
choices = ["cold_water", "approach"]
unit = "name"
text = "Which cooling-tower model gives the onsite water."

[params.factor_set]
type = "VARCHAR"
unit = "name"
text = "Take the water of electricity from this factor table and the country's mix."
known = "SELECT unnest([factor_set, concat_ws(' ', factor_set, version), concat_ws(' ', factor_set, version, technology)]) FROM factor"

[params.place]
type = "VARCHAR"
unit = "id"
text = "Only places of this dataset and trace, such as african-wue/country-month."
known = "SELECT dataset || '/' || trace FROM footprint_region(p_dataset := NULL, p_trace := NULL)"

[params.boundary]
type = "VARCHAR"
choices = ["gpu", "server", "facility", ""]
default = ""
unit = "name"
text = "What a stated energy per token is the energy of; server where it is not said."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
region = { unit = "name", text = "Place." }
place = { unit = "id", text = "Dataset and trace that the place comes from: a country may be in several." }
requests = { unit = "1", text = "Requests." }
output_tokens = { unit = "tokens", text = "Output tokens of all requests." }
energy_kwh = { unit = "kWh", text = "Energy within the boundary, before PUE." }
onsite_l = { unit = "L", text = "Water of cooling, with leakage." }
offsite_l = { unit = "L", text = "Water of generating the electricity, PUE inside." }
water_l = { unit = "L", text = "Onsite and offsite water; NULL where a part is unknown." }
water_per_request_ml = { unit = "mL", text = "Water per request." }
carbon_g = { unit = "g", text = "Carbon of the facility's energy, PUE inside." }
energy_basis = { unit = "text", text = "Where the energy per token comes from." }
boundary = { unit = "name", text = "What the energy is of: gpu, server or facility." }
low_l = { unit = "L", text = "Water by the measured run that takes least and the factor table that gives the least." }
high_l = { unit = "L", text = "Water by the measured run that takes most and the factor table that gives the most." }
assumptions = { unit = "text", text = "What the number rests on." }
energy_per_token_j = { unit = "J/token", text = "Energy per output token, it_factor inside." }
water_per_ktok_ml = { unit = "mL/ktok", text = "Water per 1,000 output tokens." }
carbon_per_request_g = { unit = "g", text = "Carbon per request." }
wue_l_per_kwh = { unit = "L/kWh", text = "Onsite water per kWh of IT energy that was used." }
ewif_l_per_kwh = { unit = "L/kWh", text = "Water per kWh generated that was used." }
leakage_ratio = { unit = "ratio", text = "Leakage that was used." }
pue = { unit = "1", text = "Power usage effectiveness that was used." }
carbon_g_per_kwh = { unit = "g/kWh", text = "Carbon intensity that was used." }
country_iso3 = { unit = "id", text = "ISO 3166-1 alpha-3 code." }
--- */
WITH traffic AS (
    SELECT
        dataset,
        trace,
        count(*) AS requests,
        sum(output_tokens) AS output_tokens,
        count(*) - count(output_tokens) AS without_tokens,
        CASE WHEN max(images) > 0 THEN 'image' ELSE 'text' END AS modality
    FROM llm_request
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
    GROUP BY dataset, trace
    HAVING count(output_tokens) > 0
),

-- The energy of a facility has the PUE inside already: what reaches the IT equipment is less by it.
spent AS (
    SELECT
        t.*,
        p.* EXCLUDE (dataset, trace, modality),
        t.output_tokens * p.joules / 3.6e6 AS energy_kwh,
        t.output_tokens * p.joules / 3.6e6 / p.pue_inside AS it_kwh,
        p.low_joules / p.joules AS low_ratio,
        p.high_joules / p.joules AS high_ratio
    FROM traffic AS t
    INNER JOIN _footprint_prices(
        p_dataset := NULL, p_trace := NULL, p_model := $model, p_device := $device, p_batch_size := $batch_size, p_task := $task,
        p_energy_per_token_j := $energy_per_token_j, p_boundary := $boundary, p_it_factor := $it_factor, p_place := $place, p_region := $region,
        p_pue := $pue, p_onsite := $onsite, p_wue_l_per_kwh := $wue_l_per_kwh, p_ewif_l_per_kwh := $ewif_l_per_kwh,
        p_leakage_ratio := $leakage_ratio, p_carbon_g_per_kwh := $carbon_g_per_kwh, p_factor_set := $factor_set, p_all_places := TRUE
    ) AS p ON t.modality = p.modality
    -- A place that is asked for is shown with what is known of it.
    WHERE p.is_placed AND ($region IS NOT NULL OR (p.wue_l_per_kwh IS NOT NULL AND p.ewif_l_per_kwh IS NOT NULL))
),

counted AS (
    SELECT
        *,
        it_kwh * wue_l_per_kwh * (1 + coalesce(leakage_ratio, 0)) AS onsite_l,
        it_kwh * pue * ewif_l_per_kwh AS offsite_l,
        it_kwh * low_ratio * (wue_l_per_kwh * (1 + coalesce(leakage_ratio, 0)) + pue * ewif_low_l_per_kwh) AS low_l,
        it_kwh * high_ratio * (wue_l_per_kwh * (1 + coalesce(leakage_ratio, 0)) + pue * ewif_high_l_per_kwh) AS high_l,
        it_kwh * pue * carbon_g_per_kwh AS carbon_g
    FROM spent
)

SELECT
    dataset,
    trace,
    region,
    place,
    requests,
    output_tokens,
    energy_kwh,
    onsite_l,
    offsite_l,
    onsite_l + offsite_l AS water_l,
    (onsite_l + offsite_l) * 1000 / requests AS water_per_request_ml,
    carbon_g,
    energy_basis,
    boundary,
    low_l,
    high_l,
    concat_ws(
        '; ',
        'prompt energy is inside the energy per output token',
        CASE
            WHEN boundary = 'gpu' THEN 'GPUs alone: the rest of the server is left out'
            WHEN $it_factor <> 1 THEN 'measured energy times it_factor ' || $it_factor
        END,
        CASE WHEN without_tokens > 0 THEN without_tokens || ' requests without a count of output tokens take nothing' END,
        basis,
        'range over ' || factor_sets || ' factor tables' || CASE WHEN low_ratio < high_ratio THEN ' and the measured runs' ELSE '' END
    ) AS assumptions,
    joules AS energy_per_token_j,
    (onsite_l + offsite_l) * 1e6 / nullif(output_tokens, 0) AS water_per_ktok_ml,
    carbon_g / requests AS carbon_per_request_g,
    wue_l_per_kwh,
    ewif_l_per_kwh,
    leakage_ratio,
    pue,
    carbon_g_per_kwh,
    country_iso3
FROM counted
ORDER BY dataset, trace, place, region
