/* ---
title = "Metered energy"
question = "How much energy did each meter count, and what share of the mains is it?"
reads = ["power_sample"]
requires = ["power_sample.power_w"]
uses = ["power/steps"]
source = "Trapezoids between consecutive samples of a meter; gaps (power/steps: longer than 10 median steps and 1 s) count nothing and are said"
key = ["dataset", "trace", "entity_kind", "entity_id"]
chart = { kind = "bar", x = "energy_kwh", y = "entity_id", color = "entity_kind", sort = "-energy_kwh", top = 40 }
finding = { pick = "entity_kind = 'mains', energy_kwh DESC NULLS LAST, dataset, trace, entity_id", text = "{entity_id} in {dataset}/{trace} took {energy_kwh} kWh in {span_h} h, {mean_w} W on average." }
n = { column = "samples" }

[params.max_gap_s]
type = "DOUBLE"
unit = "s"
text = "Longest time between two samples that is bridged; by default 10 times the meter's median positive step, at least 1 s."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
entity_kind = { unit = "name", text = "Kind of the meter: mains, appliance, circuit, gpu, …" }
entity_id = { unit = "id", text = "Meter." }
samples = { unit = "1", text = "Samples with a power." }
span_h = { unit = "h", text = "From the first to the last sample." }
energy_kwh = { unit = "kWh", text = "Energy counted." }
mean_w = { unit = "W", text = "Energy over the time that was bridged." }
peak_w = { unit = "W", text = "Largest sample." }
share_of_mains = { unit = "ratio", text = "Energy over that of all mains of the trace, where it has mains." }
unbridged_h = { unit = "h", text = "Time in gaps that are too long." }
step_s = { unit = "s", text = "Median time between samples." }
gaps = { unit = "1", text = "Gaps." }
--- */
WITH meters AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        entity_id,
        count(*) AS samples,
        (max(at_us) - min(at_us)) / 3.6e9 AS span_h,
        sum((power_w + next_w) / 2 * step_s) FILTER (WHERE NOT is_gap) AS joules,
        sum(step_s) FILTER (WHERE NOT is_gap) AS bridged_s,
        sum(step_s) FILTER (WHERE is_gap) AS unbridged_s,
        max(power_w) AS peak_w,
        median(step_s) AS step_s,
        count(*) FILTER (WHERE is_gap) AS gaps
    FROM power_steps(p_dataset := $dataset, p_trace := $trace, p_max_gap_s := $max_gap_s)
    GROUP BY dataset, trace, entity_kind, entity_id
)

SELECT
    dataset,
    trace,
    entity_kind,
    entity_id,
    samples,
    span_h,
    joules / 3.6e6 AS energy_kwh,
    joules / nullif(bridged_s, 0) AS mean_w,
    peak_w,
    joules / nullif(sum(joules) FILTER (WHERE entity_kind = 'mains') OVER (PARTITION BY dataset, trace), 0) AS share_of_mains,
    coalesce(unbridged_s, 0) / 3600 AS unbridged_h,
    step_s,
    gaps
FROM meters
ORDER BY dataset, trace, entity_kind, entity_id
