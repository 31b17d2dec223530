/* ---
title = "Steps between power samples"
question = "How long does each power reading stand until the next one, and where was nothing recorded?"
reads = ["power_sample"]
requires = ["power_sample.entity_id", "power_sample.power_w | power_sample.power_ratio"]
uses = ["power/ticks"]
source = "A gap is a step longer than gap_factor times the median positive step, and than min_gap_s: the logger was stopped or the host was down, and nobody knows what was drawn"
key = ["dataset", "trace", "entity_kind", "entity_id", "at_us"]
chart = { kind = "table" }
finding = { pick = "NOT is_gap, step_s DESC", text = "Longest without a reading: {step_s} s in {dataset}/{trace} ({entity_kind}), where readings are {tick_s} s apart." }

[params.of]
type = "VARCHAR"
default = "samples"
choices = ["samples", "ticks"]
unit = "name"
text = "samples: each entity's readings of watts; ticks: those of power/ticks, by level and tick_s, from each whole one to the next."

[params.level]
type = "VARCHAR"
default = "trace"
choices = ["trace", "parent", "entity"]
unit = "name"
text = "Of ticks: sum the entities of a kind, or those of each parent, or take each by itself."

[params.tick_s]
type = "DOUBLE"
unit = "s"
text = "Of ticks: stamps are floored to this; see power/ticks for the default."

[params.gap_factor]
type = "DOUBLE"
default = 10.0
unit = "1"
text = "A gap is longer than this many times the median positive step."

[params.min_gap_s]
type = "DOUBLE"
default = 1.0
unit = "s"
text = "And longer than this."

[params.max_gap_s]
type = "DOUBLE"
unit = "s"
text = "Stated instead of both: a step longer than this is a gap."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
entity_kind = { unit = "name", text = "Kind of the entities." }
entity_id = { unit = "id", text = "The entity; of ticks as power/ticks has it." }
at_us = { unit = "us", text = "Instant of the reading." }
power_w = { unit = "W", text = "Power." }
provisioned_w = { unit = "W", text = "Provisioned power." }
ratio = { unit = "ratio", text = "Of ticks: power over provisioned power." }
next_w = { unit = "W", text = "Power at the next reading." }
is_whole = { unit = "bool", text = "Of ticks: whether every entity reported; those at which some did not have steps of their own." }
step_s = { unit = "s", text = "Time until the next reading; NULL at the last one." }
tick_s = { unit = "s", text = "Median positive step." }
is_gap = { unit = "bool", text = "Whether the step is a gap." }
gap_before_s = { unit = "s", text = "Length of the gap that ends at the reading; NULL where none does." }
--- */
WITH points AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        entity_id,
        sampled_us AS at_us,
        source_row,
        power_w,
        provisioned_w,
        CAST(NULL AS DOUBLE) AS ratio,
        TRUE AS is_whole
    FROM power_sample
    WHERE $of = 'samples' AND dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace) AND power_w IS NOT NULL
    UNION ALL
    SELECT dataset, trace, entity_kind, entity_id, tick_us AS at_us, 0 AS source_row, power_w, provisioned_w, ratio, is_whole
    FROM power_ticks(p_dataset := $dataset, p_trace := $trace, p_level := $level, p_tick_s := $tick_s)
    WHERE $of = 'ticks'
),

steps AS (
    SELECT
        *,
        lead(power_w) OVER in_order AS next_w,
        (lead(at_us) OVER in_order - at_us) / 1e6 AS step_s
    FROM points
    WINDOW in_order AS (PARTITION BY dataset, trace, entity_kind, entity_id, is_whole ORDER BY at_us, source_row)
),

limits AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        entity_id,
        is_whole,
        median(step_s) FILTER (WHERE step_s > 0) AS tick_s,
        coalesce(
            max($max_gap_s),
            greatest(max($gap_factor) * median(step_s) FILTER (WHERE step_s > 0), max($min_gap_s))
        ) AS limit_s
    FROM steps
    GROUP BY dataset, trace, entity_kind, entity_id, is_whole
),

judged AS (
    SELECT s.*, l.tick_s, coalesce(s.step_s > l.limit_s, FALSE) AS is_gap
    FROM steps AS s
    INNER JOIN limits AS l
        ON s.dataset = l.dataset AND s.trace = l.trace AND s.entity_kind = l.entity_kind AND s.entity_id IS NOT DISTINCT FROM l.entity_id
        AND s.is_whole = l.is_whole
)

SELECT
    dataset,
    trace,
    entity_kind,
    entity_id,
    at_us,
    power_w,
    provisioned_w,
    ratio,
    next_w,
    is_whole,
    step_s,
    tick_s,
    is_gap,
    CASE WHEN lag(is_gap) OVER in_order THEN lag(step_s) OVER in_order END AS gap_before_s
FROM judged
WINDOW in_order AS (PARTITION BY dataset, trace, entity_kind, entity_id, is_whole ORDER BY at_us, source_row)
ORDER BY dataset, trace, entity_kind, entity_id, at_us, source_row
