/* ---
title = "Energy from power samples"
question = "How much energy do the samples stand for, and does the way of adding them up matter?"
reads = ["power_sample"]
requires = ["power_sample.power_w"]
source = "Trapezoid: mean of neighbouring samples times the time between them; left rectangle: a sample holds until the next, as codecarbon and zeus pollers do"
chart = { kind = "bar", x = "trapezoid_j", y = "trace", color = "entity_kind" }
finding = { pick = "abs(rectangle_excess_ratio) DESC NULLS LAST", text = "{dataset}/{trace} uses {trapezoid_j} J by the trapezoid rule; rectangles say {rectangle_excess_ratio:+.3%}." }
n = "samples"

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
trapezoid_j = { unit = "J", text = "Energy by the trapezoid rule, each entity by itself." }
rectangle_j = { unit = "J", text = "Energy by left rectangles." }
rectangle_excess_ratio = { unit = "ratio", text = "Left rectangles over trapezoids, less one." }
time_mean_w = { unit = "W", text = "Trapezoid energy over the span: mean power weighted by time." }
--- */
WITH steps AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        entity_id,
        sampled_us,
        power_w,
        lead(power_w) OVER in_order AS next_w,
        (lead(sampled_us) OVER in_order - sampled_us) / 1e6 AS step_s
    FROM power_sample
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace) AND power_w IS NOT NULL
    WINDOW in_order AS (PARTITION BY dataset, trace, entity_kind, entity_id ORDER BY sampled_us, source_row)
),

entities AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        entity_id,
        count(*) AS samples,
        (max(sampled_us) - min(sampled_us)) / 1e6 AS span_s,
        avg(power_w) AS mean_w,
        sum((power_w + next_w) / 2 * step_s) AS trapezoid_j,
        sum(CASE WHEN step_s IS NOT NULL THEN power_w * step_s END) AS rectangle_j
    FROM steps
    GROUP BY dataset, trace, entity_kind, entity_id
),

groups AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        CASE WHEN $level = 'entity' THEN entity_id END AS grp,
        count(*) AS entities,
        CAST(sum(samples) AS BIGINT) AS samples,
        max(span_s) AS span_s,
        sum(mean_w ORDER BY entity_id) AS mean_w,
        sum(trapezoid_j ORDER BY entity_id) AS trapezoid_j,
        sum(rectangle_j ORDER BY entity_id) AS rectangle_j
    FROM entities
    GROUP BY dataset, trace, entity_kind, grp
)

SELECT
    dataset,
    trace,
    entity_kind,
    grp AS entity_id,
    entities,
    samples,
    span_s,
    mean_w,
    trapezoid_j,
    rectangle_j,
    rectangle_j / nullif(trapezoid_j, 0) - 1 AS rectangle_excess_ratio,
    trapezoid_j / nullif(span_s, 0) AS time_mean_w
FROM groups
ORDER BY dataset, trace, entity_kind, entity_id
