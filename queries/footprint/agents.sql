/* ---
title = "Footprint of an agent's task"
question = "What does a task cost that takes many calls?"
reads = ["llm_request", "energy_run", "water_intensity", "grid_mix", "factor"]
requires = ["llm_request.output_tokens"]
uses = ["footprint/_prices"]
source = "Calls per task times output tokens per call times J per output token; a session of a trace is a task"
key = ["dataset", "trace", "place", "region"]
chart = { kind = "bar", x = "energy_per_task_wh", y = "trace", color = "dataset", sort = "-energy_per_task_wh" }
finding = { pick = "energy_per_task_wh DESC NULLS LAST, dataset, trace, place, region", text = "A task of {dataset}/{trace} makes {calls_per_task} calls of {tokens_per_call} output tokens, {energy_per_task_wh} Wh." }
n = { column = "tasks", over = ["dataset", "trace"] }

[params.calls_per_task]
type = "DOUBLE"
unit = "1"
text = "Stated calls per task; the trace's mean requests per session by default."

[params.tokens_per_call]
type = "DOUBLE"
unit = "tokens"
text = "Stated output tokens per call; the trace's mean by default."

[params.input_weight]
type = "DOUBLE"
default = 1.0
unit = "1"
text = "For to_one_call: what a token that is read costs over one that is written. 1 counts them alike, 0 leaves context out."

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
tasks = { unit = "1", text = "Sessions; requests where calls per task are stated and the trace has no sessions." }
calls_per_task = { unit = "1", text = "Calls per task." }
tokens_per_call = { unit = "tokens", text = "Output tokens per call." }
energy_per_task_wh = { unit = "Wh", text = "Energy of a task within the boundary, before PUE." }
water_per_task_ml = { unit = "mL", text = "Water of a task, onsite and offsite." }
carbon_per_task_g = { unit = "g", text = "Carbon of a task, PUE inside." }
to_one_call = { unit = "1", text = "Tokens that a task reads and writes over those of its first call. Context counts: every call reads what those before it left. From the trace's sessions, without what its cache held; where calls or tokens are stated, each call reads the first prompt and all answers so far." }
energy_basis = { unit = "text", text = "Where the energy per token comes from." }
boundary = { unit = "name", text = "What the energy is of: gpu, server or facility." }
assumptions = { unit = "text", text = "Where the calls and the values of the place come from." }
--- */
WITH traffic AS (
    SELECT
        dataset,
        trace,
        count(DISTINCT session_id) AS sessions,
        count(*) AS requests,
        count(*) FILTER (WHERE session_id IS NOT NULL) AS in_sessions,
        avg(output_tokens) AS tokens,
        avg(input_tokens) AS prompt,
        CASE WHEN max(images) > 0 THEN 'image' ELSE 'text' END AS modality
    FROM llm_request
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
    GROUP BY dataset, trace
    HAVING count(output_tokens) > 0
),

calls AS (
    SELECT
        dataset,
        trace,
        session_id,
        greatest(input_tokens - coalesce(cached_tokens, 0), 0) AS read,
        output_tokens AS written,
        row_number() OVER (PARTITION BY dataset, trace, session_id ORDER BY turn, arrived_us, source_row) = 1 AS is_first
    FROM llm_request
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace) AND session_id IS NOT NULL
),

-- Sessions of which every call's tokens are known.
contexts AS (
    SELECT
        dataset,
        trace,
        sum(cost) / nullif(sum(first_cost), 0) AS to_one_call,
        avg(first_read) AS first_read
    FROM (
        SELECT
            dataset,
            trace,
            sum($input_weight * read + written) AS cost,
            sum($input_weight * read + written) FILTER (WHERE is_first) AS first_cost,
            sum(read) FILTER (WHERE is_first) AS first_read
        FROM calls
        GROUP BY dataset, trace, session_id
        HAVING count(*) = count($input_weight * read + written)
    )
    GROUP BY dataset, trace
),

tasks AS (
    SELECT
        dataset,
        trace,
        modality,
        prompt,
        CASE WHEN sessions > 0 THEN sessions ELSE requests END AS tasks,
        coalesce($calls_per_task, in_sessions / nullif(sessions, 0)) AS calls_per_task,
        coalesce($tokens_per_call, tokens) AS tokens_per_call,
        concat_ws(
            '; ',
            'calls per task ' || CASE WHEN $calls_per_task IS NULL THEN 'from the trace''s sessions' ELSE 'stated' END,
            'tokens per call ' || CASE WHEN $tokens_per_call IS NULL THEN 'from the trace' ELSE 'stated' END
        ) AS how
    FROM traffic
),

spent AS (
    SELECT
        t.*,
        p.* EXCLUDE (dataset, trace, modality),
        CASE
            WHEN $calls_per_task IS NULL AND $tokens_per_call IS NULL THEN c.to_one_call
            ELSE (
                t.calls_per_task * ($input_weight * coalesce(c.first_read, t.prompt) + t.tokens_per_call)
                + $input_weight * t.tokens_per_call * t.calls_per_task * (t.calls_per_task - 1) / 2
            ) / nullif($input_weight * coalesce(c.first_read, t.prompt) + t.tokens_per_call, 0)
        END AS to_one_call,
        t.calls_per_task * t.tokens_per_call * p.joules / 3600 AS energy_wh,
        t.calls_per_task * t.tokens_per_call * p.joules / 3600 / p.pue_inside AS it_wh
    FROM tasks AS t
    LEFT JOIN contexts AS c ON t.dataset = c.dataset AND t.trace = c.trace
    INNER JOIN _footprint_prices(
        p_dataset := NULL, p_trace := NULL, p_model := $model, p_device := $device, p_batch_size := $batch_size, p_task := $task,
        p_energy_per_token_j := $energy_per_token_j, p_boundary := $boundary, p_it_factor := $it_factor, p_place := $place, p_region := $region,
        p_pue := $pue, p_onsite := $onsite, p_wue_l_per_kwh := $wue_l_per_kwh, p_ewif_l_per_kwh := $ewif_l_per_kwh,
        p_leakage_ratio := $leakage_ratio, p_carbon_g_per_kwh := $carbon_g_per_kwh, p_factor_set := $factor_set
    ) AS p ON t.modality = p.modality
    WHERE t.calls_per_task IS NOT NULL
)

-- A watt-hour times litres per kilowatt-hour is millilitres.
SELECT
    dataset,
    trace,
    region,
    place,
    tasks,
    calls_per_task,
    tokens_per_call,
    energy_wh AS energy_per_task_wh,
    it_wh * (wue_l_per_kwh * (1 + coalesce(leakage_ratio, 0)) + pue * ewif_l_per_kwh) AS water_per_task_ml,
    it_wh / 1000 * pue * carbon_g_per_kwh AS carbon_per_task_g,
    to_one_call,
    energy_basis,
    boundary,
    concat_ws('; ', how, basis) AS assumptions
FROM spent
ORDER BY dataset, trace, place, region
