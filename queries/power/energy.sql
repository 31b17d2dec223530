/* ---
title = "Energy from power samples"
question = "How much energy do the samples stand for, and does the way of adding them up matter?"
reads = ["power_sample"]
requires = ["power_sample.power_w"]
uses = ["power/_meters"]
source = "Trapezoid: mean of neighbouring samples times the time between them; left rectangle: a sample holds until the next, as codecarbon and zeus pollers do. Gaps (power/steps: longer than 10 median steps and 1 s) are left out and counted"
key = ["dataset", "trace", "entity_kind", "entity_id"]
chart = { kind = "bar", x = "trapezoid_j", y = "trace", color = "entity_kind" }
finding = { pick = "abs(rectangle_excess_ratio) DESC NULLS LAST", text = "{dataset}/{trace} uses {trapezoid_j} J by the trapezoid rule; rectangles say {rectangle_excess_ratio:+.3%}." }
n = { column = "samples" }

[params.level]
type = "VARCHAR"
default = "trace"
choices = ["trace", "entity"]
unit = "name"
text = "Add up the entities of a kind, or take each by itself."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
entity_kind = { unit = "name", text = "Kind of the entities." }
entity_id = { unit = "id", text = "The entity or the parent, or NULL where all of the kind are summed." }
entities = { unit = "1", text = "Entities." }
samples = { unit = "1", text = "Samples with a reading of watts." }
span_s = { unit = "s", text = "Longest time from an entity's first to its last sample." }
mean_w = { unit = "W", text = "Mean power of an entity over its samples, added up over entities." }
trapezoid_j = { unit = "J", text = "Energy by the trapezoid rule, each entity by itself; nothing for gaps." }
rectangle_j = { unit = "J", text = "Energy by left rectangles; nothing for gaps." }
rectangle_excess_ratio = { unit = "ratio", text = "Left rectangles over trapezoids, less one." }
time_mean_w = { unit = "W", text = "Mean power weighted by time: an entity's trapezoid energy over the time without gaps, added up over entities." }
gaps = { unit = "1", text = "Gaps, over all entities: steps between samples longer than 10 times the entity's median positive step and than 1 s." }
unbridged_s = { unit = "s", text = "Time in gaps, summed over entities: what was drawn in it is in no energy here." }
--- */
WITH groups AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        CASE WHEN $level = 'entity' THEN entity_id END AS group_name,
        count(*) AS entities,
        CAST(sum(samples) AS BIGINT) AS samples,
        max(span_us / 1e6) AS span_s,
        sum(mean_w ORDER BY entity_id) AS mean_w,
        sum(trapezoid_j ORDER BY entity_id) AS trapezoid_j,
        sum(rectangle_j ORDER BY entity_id) AS rectangle_j,
        sum(trapezoid_j / nullif(bridged_s, 0) ORDER BY entity_id) AS time_mean_w,
        CAST(sum(gaps) AS BIGINT) AS gaps,
        sum(unbridged_s ORDER BY entity_id) AS unbridged_s
    FROM _power_meters(p_dataset := $dataset, p_trace := $trace)
    GROUP BY dataset, trace, entity_kind, group_name
)

SELECT
    dataset,
    trace,
    entity_kind,
    group_name AS entity_id,
    entities,
    samples,
    span_s,
    mean_w,
    trapezoid_j,
    rectangle_j,
    rectangle_j / nullif(trapezoid_j, 0) - 1 AS rectangle_excess_ratio,
    time_mean_w,
    gaps,
    unbridged_s
FROM groups
ORDER BY dataset, trace, entity_kind, entity_id
