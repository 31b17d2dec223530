/* ---
title = "Extra servers"
question = "How many more servers can I add under the same power budget?"
reads = ["power_sample"]
requires = ["power_sample.entity_id", "power_sample.power_w | power_sample.power_ratio"]
uses = ["power/steps"]
compute = "headroom.extra_servers"
source = "POLCA, arXiv:2308.12908: the largest x with (1 + x) times power within the budget, for all or all but a share of the ticks, with or without room for one more 40-second rise; interval by blocks of the recording drawn with replacement (Carlstein 1986)"
key = ["dataset", "trace", "entity_kind", "rule"]
chart = { kind = "range", x = "extra_low_ratio", x2 = "extra_high_ratio", y = "rule", color = "entity_kind" }
finding = { pick = "rank, extra_ratio, dataset, trace", text = "A row of {servers} servers like those of {dataset}/{trace} can change by {extra_servers:+d} ({extra_ratio:+.1%}, 95 % interval {extra_low_ratio:+.1%} to {extra_high_ratio:+.1%}) under the same budget, all moving in step, {condition}." }
n = { column = "samples", over = ["dataset", "trace", "entity_kind"] }

[params.servers]
type = "BIGINT"
default = 40
unit = "1"
text = "Servers of the row that stands under the budget now; POLCA's row has 40."

[params.breach]
type = "DOUBLE"
default = 0.01
unit = "ratio"
text = "Share of the time for which the budget may be exceeded."

[params.latency_s]
type = "DOUBLE"
default = 40
unit = "s"
text = "Time that capping takes: a rise within it must still fit."

[params.tick_s]
type = "DOUBLE"
unit = "s"
text = "Stamps are floored to this; by default stamps that the entities share are the ticks, else the median step."

[params.seed]
type = "BIGINT"
default = 1
unit = "1"
text = "Seed of the bootstrap."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
entity_kind = { unit = "name", text = "Kind of the entities." }
rule = { unit = "name", text = "From the careful to the bold. swing: never above the budget, with room for one more rise as large as the largest; static: never above; breach_swing and breach: above for the given share, with and without that room." }
samples = { unit = "1", text = "Ticks at which every entity reported." }
blocks = { unit = "1", text = "Blocks of the recording that the interval draws from." }
reach_ratio = { unit = "ratio", text = "Power over provisioned power that must fit: largest or quantile, plus the rise." }
extra_ratio = { unit = "ratio", text = "Servers that can be added, as a fraction of those there; below zero there are too many already." }
extra_low_ratio = { unit = "ratio", text = "Servers to add, lower end of the 95 % interval; NULL below ten blocks." }
extra_high_ratio = { unit = "ratio", text = "Upper end." }
independent_ratio = { unit = "ratio", text = "The same where servers vary independently of each other: deviations from the mean add up as their squares." }
servers = { unit = "1", text = "Servers of the row." }
extra_servers = { unit = "1", text = "Whole servers that can be added to the row." }
extra_servers_low = { unit = "1", text = "The same at the lower end of the interval." }
extra_servers_high = { unit = "1", text = "The same at the upper end." }
breach = { unit = "ratio", text = "Share of the time for which the budget may be exceeded." }
rank = { unit = "1", text = "Order of the rules, the most careful first." }
condition = { unit = "text", text = "What the rule allows, in words." }
--- */
SELECT dataset, trace, entity_kind, at_us AS tick_us, ratio, gap_before_s
FROM power_steps(p_dataset := $dataset, p_trace := $trace, p_of := 'ticks', p_tick_s := $tick_s)
WHERE is_whole AND ratio IS NOT NULL
ORDER BY dataset, trace, entity_kind, tick_us
