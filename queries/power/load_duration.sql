/* ---
title = "Load duration"
question = "For which share of the time does power stand above a level?"
reads = ["power_sample"]
requires = ["power_sample.entity_id", "power_sample.power_w | power_sample.power_ratio"]
uses = ["power/steps"]
source = "Load-duration curve: power sorted from the largest down, against the share of ticks; linear quantiles"
key = ["dataset", "trace", "entity_kind", "entity_id", "time_share"]
chart = { kind = "line", x = "time_share", y = "ratio", color = "trace" }
finding = { pick = "ratio IS NULL, abs(time_share - 0.1), ratio DESC", text = "For {time_share:.0%} of the time {dataset}/{trace} draws {ratio:.1%} of its provisioned power or more." }
n = { column = "samples", over = ["dataset", "trace", "entity_kind", "entity_id"] }

[params.shares]
type = "DOUBLE[]"
default = [0.0, 0.001, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0]
unit = "ratio"
text = "Shares of the time whose level is given."

[params.level]
type = "VARCHAR"
default = "trace"
choices = ["trace", "parent", "entity"]
unit = "name"
text = "Sum the entities of a kind, or those of each parent, or take each by itself."

[params.tick_s]
type = "DOUBLE"
unit = "s"
text = "Stamps are floored to this; by default stamps that the entities share are the ticks, else the median step."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
entity_kind = { unit = "name", text = "Kind of the entities." }
entity_id = { unit = "id", text = "The entity or the parent, or NULL where all of the kind are summed." }
time_share = { unit = "ratio", text = "Share of the time: of the ticks at which every entity reported." }
ratio = { unit = "ratio", text = "Power over provisioned power: reached or exceeded for that share." }
power_w = { unit = "W", text = "Power that is reached or exceeded." }
samples = { unit = "1", text = "Ticks at which every entity reported." }
gaps = { unit = "1", text = "Gaps between whole ticks: longer than 10 times the median step and than 1 s (power/steps). The share is of the time that was recorded: a gap is in none." }
unbridged_s = { unit = "s", text = "Time in gaps." }
--- */
-- From the largest down: quantiles of the negative.
WITH groups AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        entity_id,
        count(*) AS samples,
        quantile_cont(-ratio, $shares) AS ratios,
        quantile_cont(-power_w, $shares) AS watts,
        count(*) FILTER (WHERE is_gap) AS gaps,
        coalesce(sum(step_s) FILTER (WHERE is_gap), 0) AS unbridged_s
    FROM power_steps(p_dataset := $dataset, p_trace := $trace, p_of := 'ticks', p_level := $level, p_tick_s := $tick_s)
    WHERE is_whole
    GROUP BY dataset, trace, entity_kind, entity_id
)

SELECT
    dataset,
    trace,
    entity_kind,
    entity_id,
    unnest($shares) AS time_share,
    -unnest(ratios) AS ratio,
    -unnest(watts) AS power_w,
    samples,
    gaps,
    unbridged_s
FROM groups
ORDER BY dataset, trace, entity_kind, entity_id, time_share
