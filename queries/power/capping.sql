/* ---
title = "Capping thresholds"
question = "At which power must capping begin, so that it takes hold before the budget is reached?"
reads = ["power_sample"]
requires = ["power_sample.entity_id", "power_sample.provisioned_w | power_sample.power_ratio"]
uses = ["power/steps", "power/swings"]
source = "POLCA, arXiv:2308.12908: a threshold is 1 less the largest rise within the time that its action takes; POLCA sets T1 = 80 % and T2 = 89 %"
key = ["dataset", "trace", "entity_kind", "entity_id"]
chart = { kind = "range", x = "t1_ratio", x2 = "t2_ratio", y = "trace", color = "entity_kind" }
finding = { pick = "t2_ratio IS NULL, t2_ratio", text = "In {dataset}/{trace} power can rise so fast that capping which takes {latency_s} s must begin at {t2_ratio:.1%} of the provisioned power; it stands above that for {over_t2_ratio:.1%} of the time." }
n = { column = "samples" }

[params.latency_s]
type = "DOUBLE"
default = 40
unit = "s"
text = "Time that out-of-band capping takes."

[params.brake_s]
type = "DOUBLE"
default = 5
unit = "s"
text = "Time that the power brake takes."

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
latency_s = { unit = "s", text = "Time that capping takes." }
samples = { unit = "1", text = "Ticks at which every entity reported." }
peak_ratio = { unit = "ratio", text = "Largest power over provisioned power." }
t1_ratio = { unit = "ratio", text = "Threshold of the first capping: room for its own latency and for that of the second." }
t2_ratio = { unit = "ratio", text = "Threshold of the second capping: room for its latency." }
brake_ratio = { unit = "ratio", text = "Threshold of the power brake: room for its latency." }
over_t1_ratio = { unit = "ratio", text = "Share of ticks above t1_ratio." }
over_t2_ratio = { unit = "ratio", text = "Share of ticks above t2_ratio." }
over_brake_ratio = { unit = "ratio", text = "Share of ticks above brake_ratio." }
crossings_t2 = { unit = "1", text = "Times at which power comes from below t2_ratio to above." }
gaps = { unit = "1", text = "Gaps between whole ticks: longer than 10 times the median step and than 1 s (power/steps). No rise or drop within a time reaches across one that is longer than the time." }
unbridged_s = { unit = "s", text = "Time in gaps." }
--- */
WITH swings AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        entity_id,
        1 - max(rise_max_ratio) FILTER (WHERE duration_s = 2 * $latency_s) AS t1_ratio,
        1 - max(rise_max_ratio) FILTER (WHERE duration_s = $latency_s) AS t2_ratio,
        1 - max(rise_max_ratio) FILTER (WHERE duration_s = $brake_s) AS brake_ratio
    FROM power_swings(
        p_dataset := $dataset,
        p_trace := $trace,
        p_level := $level,
        p_tick_s := $tick_s,
        p_durations_s := [2 * $latency_s, $latency_s, $brake_s]
    )
    GROUP BY dataset, trace, entity_kind, entity_id
),

ticks AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        entity_id,
        ratio,
        step_s,
        is_gap,
        lag(ratio) OVER (PARTITION BY dataset, trace, entity_kind, entity_id ORDER BY at_us) AS ratio_before
    FROM power_steps(p_dataset := $dataset, p_trace := $trace, p_of := 'ticks', p_level := $level, p_tick_s := $tick_s)
    WHERE is_whole AND ratio IS NOT NULL
)

SELECT
    t.dataset,
    t.trace,
    t.entity_kind,
    t.entity_id,
    max($latency_s) AS latency_s,
    count(*) AS samples,
    max(t.ratio) AS peak_ratio,
    any_value(s.t1_ratio) AS t1_ratio,
    any_value(s.t2_ratio) AS t2_ratio,
    any_value(s.brake_ratio) AS brake_ratio,
    count(*) FILTER (WHERE t.ratio > s.t1_ratio) / nullif(count(s.t1_ratio), 0) AS over_t1_ratio,
    count(*) FILTER (WHERE t.ratio > s.t2_ratio) / nullif(count(s.t2_ratio), 0) AS over_t2_ratio,
    count(*) FILTER (WHERE t.ratio > s.brake_ratio) / nullif(count(s.brake_ratio), 0) AS over_brake_ratio,
    count(*) FILTER (WHERE t.ratio > s.t2_ratio AND t.ratio_before <= s.t2_ratio) AS crossings_t2,
    count(*) FILTER (WHERE t.is_gap) AS gaps,
    coalesce(sum(t.step_s) FILTER (WHERE t.is_gap), 0) AS unbridged_s
FROM ticks AS t
LEFT JOIN swings AS s
    ON t.dataset = s.dataset AND t.trace = s.trace AND t.entity_kind = s.entity_kind AND t.entity_id IS NOT DISTINCT FROM s.entity_id
GROUP BY t.dataset, t.trace, t.entity_kind, t.entity_id
ORDER BY t.dataset, t.trace, t.entity_kind, t.entity_id
