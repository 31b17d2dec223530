/* ---
title = "Integrals of power"
question = "How much energy does each meter's power add up to, gap or no gap?"
reads = ["power_sample"]
uses = ["power/steps"]
source = "docs/definitions.md"

[params.max_gap_s]
type = "DOUBLE"
unit = "s"
text = "A longer step is a gap; by default one of more than 10 times the meter's median positive step and than 1 s."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
entity_kind = { unit = "name", text = "Kind of entity." }
entity_id = { unit = "id", text = "Entity." }
samples = { unit = "1", text = "Readings." }
span_us = { unit = "us", text = "Last minus first reading." }
mean_w = { unit = "W", text = "Mean of the readings." }
peak_w = { unit = "W", text = "Largest reading." }
median_step_s = { unit = "s", text = "Median time between readings." }
trapezoid_j = { unit = "J", text = "Energy by the trapezoidal rule, over steps that are no gap." }
rectangle_j = { unit = "J", text = "Energy with each reading held until the next one, over the same steps." }
bridged_s = { unit = "s", text = "Time of the steps that are no gap." }
gaps = { unit = "1", text = "Steps that are gaps." }
unbridged_s = { unit = "s", text = "Time of the gaps." }
--- */
SELECT
    dataset,
    trace,
    entity_kind,
    entity_id,
    count(*) AS samples,
    max(at_us) - min(at_us) AS span_us,
    avg(power_w) AS mean_w,
    max(power_w) AS peak_w,
    median(step_s) AS median_step_s,
    sum((power_w + next_w) / 2 * step_s) FILTER (WHERE NOT is_gap) AS trapezoid_j,
    sum(power_w * step_s) FILTER (WHERE NOT is_gap) AS rectangle_j,
    sum(step_s) FILTER (WHERE NOT is_gap) AS bridged_s,
    count(*) FILTER (WHERE is_gap) AS gaps,
    coalesce(sum(step_s) FILTER (WHERE is_gap), 0) AS unbridged_s
FROM power_steps(p_dataset := $dataset, p_trace := $trace, p_max_gap_s := $max_gap_s)
GROUP BY dataset, trace, entity_kind, entity_id
