/* ---
title = "Metered energy"
question = "How much energy did each meter count, and what share of the mains is it?"
reads = ["power_sample"]
requires = ["power_sample.power_w"]
uses = ["power/_meters"]
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
SELECT
    dataset,
    trace,
    entity_kind,
    entity_id,
    samples,
    span_us / 3.6e9 AS span_h,
    trapezoid_j / 3.6e6 AS energy_kwh,
    trapezoid_j / nullif(bridged_s, 0) AS mean_w,
    peak_w,
    trapezoid_j / nullif(sum(trapezoid_j) FILTER (WHERE entity_kind = 'mains') OVER (PARTITION BY dataset, trace), 0) AS share_of_mains,
    unbridged_s / 3600 AS unbridged_h,
    median_step_s AS step_s,
    gaps
FROM _power_meters(p_dataset := $dataset, p_trace := $trace, p_max_gap_s := $max_gap_s)
ORDER BY dataset, trace, entity_kind, entity_id
