/* ---
title = "Model switching"
question = "What does it save to send short requests to a small model?"
reads = ["llm_request", "energy_run"]
requires = ["llm_request.output_tokens"]
uses = ["footprint/energy_model"]
source = "Requests of at most threshold_tokens take the small model's J per output token, the others the large one's; answers are taken to be equally long"
key = ["dataset", "trace", "threshold_tokens"]
chart = { kind = "line", x = "threshold_tokens", y = "saved_ratio", color = "trace", log = ["x"] }
finding = { pick = "saved_ratio DESC NULLS LAST, requests DESC, dataset, trace", text = "Sending requests of at most {threshold_tokens} {field} tokens to {small_model} in place of {large_model} saves {saved_ratio:.1%} of the energy of {dataset}/{trace}; it takes {small_share:.1%} of the requests." }
n = { column = "requests", over = ["dataset", "trace"] }

[params.thresholds_tokens]
type = "BIGINT[]"
default = [100, 300, 1000]
unit = "tokens"
text = "Token thresholds."

[params.field]
type = "VARCHAR"
default = "input"
choices = ["input", "output", "total"]
unit = "name"
text = "Which tokens the threshold is of; only those of the input are known when a request arrives."

[params.large_model]
type = "VARCHAR"
unit = "name"
text = "Model that takes the others; the middle one of all measured models, each by its median, by default."
known = "SELECT unnest([model, split_part(model, '/', -1)]) FROM energy_run WHERE energy_per_token_j > 0"
unless = ["large_j"]

[params.small_model]
type = "VARCHAR"
unit = "name"
text = "Model that takes the short requests; the most frugal measured model by default."
known = "SELECT unnest([model, split_part(model, '/', -1)]) FROM energy_run WHERE energy_per_token_j > 0"
unless = ["small_j"]

[params.large_j]
type = "DOUBLE"
unit = "J/token"
text = "Stated energy per output token of the large model."

[params.small_j]
type = "DOUBLE"
unit = "J/token"
text = "Stated energy per output token of the small model."

[params.device]
type = "VARCHAR"
unit = "name"
text = "Only measurements on this device."
known = "SELECT device FROM energy_run WHERE energy_per_token_j > 0"
unless = ["large_j", "small_j"]

[params.batch_size]
type = "BIGINT"
unit = "1"
text = "Only measurements with this configured batch size; the median over all by default."

[params.task]
type = "VARCHAR"
unit = "name"
text = "Only measurements of this task."
known = "SELECT task FROM energy_run WHERE energy_per_token_j > 0"
unless = ["large_j", "small_j"]

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
threshold_tokens = { unit = "tokens", text = "Longest request that goes to the small model." }
field = { unit = "name", text = "Which tokens the threshold is of." }
requests = { unit = "1", text = "Requests." }
small_share = { unit = "ratio", text = "Share of the requests that go to the small model." }
small_token_share = { unit = "ratio", text = "Share of the output tokens that the small model writes." }
large_kwh = { unit = "kWh", text = "Energy when the large model takes all." }
switched_kwh = { unit = "kWh", text = "Energy with switching." }
saved_kwh = { unit = "kWh", text = "Energy saved." }
saved_ratio = { unit = "ratio", text = "Share of the energy that switching saves." }
large_model = { unit = "name", text = "Large model." }
small_model = { unit = "name", text = "Small model." }
energy_basis = { unit = "text", text = "Where both energies per token come from." }
boundary = { unit = "name", text = "What the energy is of; both where they differ, which is no fair comparison." }
--- */
WITH requests AS (
    SELECT
        dataset,
        trace,
        output_tokens,
        CASE WHEN max(images) OVER (PARTITION BY dataset, trace) > 0 THEN 'image' ELSE 'text' END AS modality,
        CASE $field WHEN 'output' THEN output_tokens WHEN 'total' THEN input_tokens + output_tokens ELSE input_tokens END AS tokens
    FROM llm_request
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace) AND output_tokens IS NOT NULL
),

traffic AS (
    SELECT
        r.dataset,
        r.trace,
        r.modality,
        t.threshold,
        count(*) AS requests,
        sum(r.output_tokens) AS written,
        -- A request of unknown length goes to the large model.
        count(*) FILTER (WHERE r.tokens <= t.threshold) AS small_requests,
        coalesce(sum(r.output_tokens) FILTER (WHERE r.tokens <= t.threshold), 0) AS small_written
    FROM requests AS r
    CROSS JOIN (SELECT unnest($thresholds_tokens) AS threshold) AS t
    GROUP BY r.dataset, r.trace, r.modality, t.threshold
),

large AS (
    SELECT *
    FROM footprint_energy_model(
        p_dataset := NULL, p_trace := NULL, p_model := $large_model, p_device := $device, p_batch_size := $batch_size, p_task := $task,
        p_energy_per_token_j := $large_j
    )
    WHERE is_chosen
),

small AS (
    SELECT *, row_number() OVER (PARTITION BY modality ORDER BY joules_per_token, dataset, trace, model) AS frugality
    FROM footprint_energy_model(
        p_dataset := NULL, p_trace := NULL, p_model := $small_model, p_device := $device, p_batch_size := $batch_size, p_task := $task,
        p_energy_per_token_j := $small_j
    )
    WHERE $small_model IS NULL OR is_chosen
),

priced AS (
    SELECT
        t.*,
        t.written * l.joules_per_token / 3.6e6 AS large_kwh,
        (t.small_written * s.joules_per_token + (t.written - t.small_written) * l.joules_per_token) / 3.6e6 AS switched_kwh,
        l.model AS large_model,
        s.model AS small_model,
        concat(
            'large: ', coalesce(l.basis, concat('no measured ', t.modality, ' run fits')), '; small: ',
            CASE WHEN $small_model IS NULL AND $small_j IS NULL AND s.basis IS NOT NULL THEN 'no model named: the most frugal, ' END,
            coalesce(regexp_replace(s.basis, '^no model named: .* measured, ', ''), concat('no measured ', t.modality, ' run fits'))
        ) AS energy_basis,
        CASE WHEN l.boundary = s.boundary THEN l.boundary ELSE l.boundary || ' and ' || s.boundary END AS boundary
    FROM traffic AS t
    LEFT JOIN large AS l ON l.modality IS NULL OR t.modality = l.modality
    LEFT JOIN small AS s ON s.frugality = 1 AND (s.modality IS NULL OR t.modality = s.modality)
)

SELECT
    dataset,
    trace,
    threshold AS threshold_tokens,
    $field AS field,
    requests,
    small_requests / requests AS small_share,
    small_written / nullif(written, 0) AS small_token_share,
    large_kwh,
    switched_kwh,
    large_kwh - switched_kwh AS saved_kwh,
    1 - switched_kwh / nullif(large_kwh, 0) AS saved_ratio,
    coalesce(large_model, CASE WHEN $large_j IS NOT NULL THEN 'stated' END) AS large_model,
    coalesce(small_model, CASE WHEN $small_j IS NOT NULL THEN 'stated' END) AS small_model,
    energy_basis,
    boundary
FROM priced
ORDER BY dataset, trace, threshold
