/* ---
title = "Power oversubscription"
question = "How often would the power budget be exceeded with more servers under it?"
reads = ["power_sample"]
requires = ["power_sample.entity_id", "power_sample.provisioned_w | power_sample.power_ratio"]
uses = ["power/steps"]
source = "POLCA, arXiv:2308.12908: thresholds T1 and T2 of capping and the budget; every added server draws as the measured ones do, at the same time"
key = ["dataset", "trace", "entity_kind", "entity_id", "extra_ratio"]
chart = { kind = "line", x = "extra_ratio", y = "over_budget_ratio", color = "trace" }
finding = { pick = "extra_ratio DESC, over_budget_ratio DESC", text = "With {extra_ratio:.0%} more servers {dataset}/{trace} would exceed its budget in {over_budget_ratio:.1%} of the ticks, T1 in {over_t1_ratio:.1%}." }
n = { column = "samples", over = ["dataset", "trace", "entity_kind", "entity_id"] }

[params.extra_ratios]
type = "DOUBLE[]"
default = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
unit = "ratio"
text = "Servers added, as a fraction of those there."

[params.t1]
type = "DOUBLE"
default = 0.80
unit = "ratio"
text = "First capping threshold."

[params.t2]
type = "DOUBLE"
default = 0.89
unit = "ratio"
text = "Second capping threshold."

[params.level]
type = "VARCHAR"
default = "trace"
choices = ["trace", "entity"]
unit = "name"
text = "Sum the entities of a kind, or take each by itself."

[params.tick_s]
type = "DOUBLE"
unit = "s"
text = "Stamps are floored to this; by default stamps that the entities share are the ticks, else the median step."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
entity_kind = { unit = "name", text = "Kind of the entities." }
extra_ratio = { unit = "ratio", text = "Servers added, as a fraction of those there." }
over_t1_ratio = { unit = "ratio", text = "Share of ticks above T1." }
over_t2_ratio = { unit = "ratio", text = "Share of ticks above T2." }
over_budget_ratio = { unit = "ratio", text = "Share of ticks above the provisioned power." }
entity_id = { unit = "id", text = "The entity, or NULL where all of the kind are summed." }
samples = { unit = "1", text = "Ticks at which every entity of the kind reported." }
gaps = { unit = "1", text = "Gaps between whole ticks: longer than 10 times the median step and than 1 s (power/steps). They are in no share." }
unbridged_s = { unit = "s", text = "Time in gaps." }
--- */
WITH ticks AS (
    SELECT dataset, trace, entity_kind, entity_id AS group_name, ratio, step_s, is_gap
    FROM power_steps(p_dataset := $dataset, p_trace := $trace, p_of := 'ticks', p_level := $level, p_tick_s := $tick_s)
    WHERE is_whole AND ratio IS NOT NULL
)

SELECT
    t.dataset,
    t.trace,
    t.entity_kind,
    x.extra AS extra_ratio,
    count(*) FILTER (WHERE t.ratio * (1 + x.extra) > $t1) / count(*) AS over_t1_ratio,
    count(*) FILTER (WHERE t.ratio * (1 + x.extra) > $t2) / count(*) AS over_t2_ratio,
    count(*) FILTER (WHERE t.ratio * (1 + x.extra) > 1) / count(*) AS over_budget_ratio,
    t.group_name AS entity_id,
    count(*) AS samples,
    count(*) FILTER (WHERE t.is_gap) AS gaps,
    coalesce(sum(t.step_s) FILTER (WHERE t.is_gap), 0) AS unbridged_s
FROM ticks AS t
CROSS JOIN (SELECT unnest($extra_ratios) AS extra) AS x
GROUP BY t.dataset, t.trace, t.entity_kind, t.group_name, x.extra
ORDER BY t.dataset, t.trace, t.entity_kind, t.group_name, x.extra
