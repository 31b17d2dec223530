/* ---
title = "Footprint over time"
question = "When do these requests cost the most?"
reads = ["llm_request", "energy_run", "water_intensity", "grid_mix", "factor"]
requires = ["llm_request.output_tokens", "llm_request.arrived_us"]
uses = ["footprint/_prices"]
source = "As footprint/llm_water, for the requests that arrive in each window from the first arrival on"
key = ["dataset", "trace", "place", "region", "at_h"]
chart = { kind = "line", x = "at_h", y = "energy_kwh", color = "trace" }
finding = { pick = "requests DESC, dataset, trace, at_h, place, region", text = "The busiest window of {dataset}/{trace} is {at_h} h after the first arrival: {requests} requests, {energy_kwh} kWh." }

[params.window_s]
type = "DOUBLE"
default = 3600.0
unit = "s"
text = "Length of a window."

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

[params.energy_per_token_j]
type = "DOUBLE"
unit = "J/token"
text = "Stated energy per output token in place of a measurement."

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

[params.it_factor]
type = "DOUBLE"
default = 1.0
unit = "1"
text = "IT energy over measured energy: 1.5 to 2 turns the GPUs' into the server's."

[params.region]
type = "VARCHAR"
unit = "name"
text = "Place: name, id or ISO 3166-1 alpha-3 code; without one there is energy alone."
known = "SELECT name FROM footprint_region(p_dataset := NULL, p_trace := NULL) WHERE $place IS NULL OR dataset || '/' || trace = $place"
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
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
region = { unit = "name", text = "Place." }
place = { unit = "id", text = "Dataset and trace that the place comes from: a country may be in several." }
at_h = { unit = "h", text = "Start of the window since the first arrival." }
requests = { unit = "1", text = "Requests that arrive in it; a window without any has no row." }
output_tokens = { unit = "tokens", text = "Their output tokens." }
energy_kwh = { unit = "kWh", text = "Energy within the boundary, before PUE." }
onsite_l = { unit = "L", text = "Water of cooling, with leakage." }
offsite_l = { unit = "L", text = "Water of generating the electricity, PUE inside." }
water_l = { unit = "L", text = "Onsite and offsite water." }
carbon_g = { unit = "g", text = "Carbon, PUE inside." }
energy_basis = { unit = "text", text = "Where the energy per token comes from." }
boundary = { unit = "name", text = "What the energy is of: gpu, server or facility." }
assumptions = { unit = "text", text = "Where the values of the place come from." }
--- */
WITH chosen AS (
    SELECT
        dataset,
        trace,
        output_tokens,
        arrived_us - min(arrived_us) OVER (PARTITION BY dataset, trace) AS since_us,
        count(output_tokens) OVER (PARTITION BY dataset, trace) AS counted,
        CASE WHEN max(images) OVER (PARTITION BY dataset, trace) > 0 THEN 'image' ELSE 'text' END AS modality
    FROM llm_request
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace) AND arrived_us IS NOT NULL
),

traffic AS (
    SELECT
        dataset,
        trace,
        modality,
        floor(since_us / 1e6 / $window_s) * $window_s / 3600 AS at_h,
        count(*) AS requests,
        coalesce(sum(output_tokens), 0) AS output_tokens
    FROM chosen
    WHERE counted > 0
    GROUP BY ALL
),

spent AS (
    SELECT
        t.*,
        p.* EXCLUDE (dataset, trace, modality),
        t.output_tokens * p.joules / 3.6e6 AS energy_kwh,
        t.output_tokens * p.joules / 3.6e6 / p.pue_inside AS it_kwh
    FROM traffic AS t
    INNER JOIN _footprint_prices(
        p_dataset := NULL, p_trace := NULL, p_model := $model, p_device := $device, p_batch_size := $batch_size, p_task := $task,
        p_energy_per_token_j := $energy_per_token_j, p_boundary := $boundary, p_it_factor := $it_factor, p_place := $place, p_region := $region,
        p_pue := $pue, p_onsite := $onsite, p_wue_l_per_kwh := $wue_l_per_kwh, p_ewif_l_per_kwh := $ewif_l_per_kwh,
        p_leakage_ratio := $leakage_ratio, p_carbon_g_per_kwh := $carbon_g_per_kwh, p_factor_set := $factor_set
    ) AS p ON t.modality = p.modality
)

SELECT
    dataset,
    trace,
    region,
    place,
    at_h,
    requests,
    CAST(output_tokens AS BIGINT) AS output_tokens,
    energy_kwh,
    it_kwh * wue_l_per_kwh * (1 + coalesce(leakage_ratio, 0)) AS onsite_l,
    it_kwh * pue * ewif_l_per_kwh AS offsite_l,
    it_kwh * (wue_l_per_kwh * (1 + coalesce(leakage_ratio, 0)) + pue * ewif_l_per_kwh) AS water_l,
    it_kwh * pue * carbon_g_per_kwh AS carbon_g,
    energy_basis,
    boundary,
    basis AS assumptions
FROM spent
ORDER BY dataset, trace, place, region, at_h
