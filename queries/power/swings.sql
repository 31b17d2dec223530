/* ---
title = "Power swings"
question = "How far does power rise and fall within the time that capping takes?"
reads = ["power_sample"]
requires = ["power_sample.entity_id", "power_sample.provisioned_w | power_sample.power_ratio"]
uses = ["power/steps"]
source = "POLCA, arXiv:2308.12908: spikes within 2 s (in-band), 5 s (power brake) and 40 s (out-of-band capping); D seconds are round(D / median tick) ticks"
key = ["dataset", "trace", "entity_kind", "entity_id", "duration_s"]
chart = { kind = "line", x = "duration_s", y = "rise_max_ratio", color = "trace", log = ["x"] }
finding = { pick = "rise_max_ratio IS NULL, duration_s DESC, rise_max_ratio DESC", text = "Within {duration_s} s the power of {dataset}/{trace} rises by {rise_max_ratio:.1%} of what is provisioned at most, and falls by {drop_max_ratio:.1%}." }
n = { column = "samples", over = ["dataset", "trace", "entity_kind", "entity_id"] }

[params.durations_s]
type = "DOUBLE[]"
default = [2.0, 5.0, 40.0]
unit = "s"
text = "Times within which power is compared."

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
duration_s = { unit = "s", text = "Time within which power is compared." }
samples = { unit = "1", text = "Ticks at which every entity reported." }
ticks_ahead = { unit = "1", text = "Ticks that the time stands for." }
rise_max_ratio = { unit = "ratio", text = "Largest rise over provisioned power; NULL where a tick is longer than twice the time." }
rise_p99_ratio = { unit = "ratio", text = "99th percentile over ticks of the rise that follows." }
drop_max_ratio = { unit = "ratio", text = "Largest drop over provisioned power." }
drop_p99_ratio = { unit = "ratio", text = "99th percentile over ticks of the drop that follows." }
tick_s = { unit = "s", text = "Median time between ticks." }
gaps = { unit = "1", text = "Gaps between whole ticks: longer than 10 times the median step and than 1 s (power/steps). No rise or drop within a time reaches across one that is longer than the time." }
unbridged_s = { unit = "s", text = "Time in gaps." }
--- */
WITH ticks AS (
    SELECT dataset, trace, entity_kind, entity_id, at_us, ratio, step_s, tick_s, is_gap, gap_before_s
    FROM power_steps(p_dataset := $dataset, p_trace := $trace, p_of := 'ticks', p_level := $level, p_tick_s := $tick_s)
    WHERE is_whole AND ratio IS NOT NULL
),

tick_steps AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        entity_id,
        any_value(tick_s) AS tick_s,
        count(*) FILTER (WHERE is_gap) AS gaps,
        coalesce(sum(step_s) FILTER (WHERE is_gap), 0) AS unbridged_s
    FROM ticks
    GROUP BY dataset, trace, entity_kind, entity_id
),

spans AS (
    SELECT *, CAST(coalesce(round(duration_s / nullif(tick_s, 0)), 0) AS BIGINT) AS ahead
    FROM tick_steps
    CROSS JOIN (SELECT unnest($durations_s) AS duration_s) AS d
),

parts AS (
    SELECT
        t.dataset,
        t.trace,
        t.entity_kind,
        t.entity_id,
        t.at_us,
        t.ratio,
        s.duration_s,
        s.ahead,
        s.tick_s,
        s.gaps,
        s.unbridged_s,
        -- A rise over a short gap is one within a longer time all the same; over a longer gap nothing is known.
        count(*) FILTER (WHERE t.gap_before_s > s.duration_s) OVER (
            PARTITION BY t.dataset, t.trace, t.entity_kind, t.entity_id, s.duration_s
            ORDER BY t.at_us
            ROWS UNBOUNDED PRECEDING
        ) AS part
    FROM ticks AS t
    INNER JOIN spans AS s
        ON t.dataset = s.dataset AND t.trace = s.trace AND t.entity_kind = s.entity_kind AND t.entity_id IS NOT DISTINCT FROM s.entity_id
),

swings AS (
    SELECT
        *,
        max(ratio) OVER (in_order ROWS BETWEEN CURRENT ROW AND ahead FOLLOWING) - ratio AS rise,
        ratio - min(ratio) OVER (in_order ROWS BETWEEN CURRENT ROW AND ahead FOLLOWING) AS fall
    FROM parts
    WINDOW in_order AS (PARTITION BY dataset, trace, entity_kind, entity_id, duration_s, part ORDER BY at_us)
)

SELECT
    dataset,
    trace,
    entity_kind,
    entity_id,
    duration_s,
    count(*) AS samples,
    any_value(ahead) AS ticks_ahead,
    max(rise) FILTER (WHERE tick_s <= 2 * duration_s) AS rise_max_ratio,
    quantile_cont(rise, 0.99) FILTER (WHERE tick_s <= 2 * duration_s) AS rise_p99_ratio,
    max(fall) FILTER (WHERE tick_s <= 2 * duration_s) AS drop_max_ratio,
    quantile_cont(fall, 0.99) FILTER (WHERE tick_s <= 2 * duration_s) AS drop_p99_ratio,
    any_value(tick_s) AS tick_s,
    any_value(gaps) AS gaps,
    any_value(unbridged_s) AS unbridged_s
FROM swings
GROUP BY dataset, trace, entity_kind, entity_id, duration_s
ORDER BY dataset, trace, entity_kind, entity_id, duration_s
