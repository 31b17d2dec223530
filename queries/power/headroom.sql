/* ---
title = "Power headroom"
question = "How much of the provisioned power is never used, and how fast does power swing?"
reads = ["power_sample"]
requires = ["power_sample.entity_id", "power_sample.power_w | power_sample.power_ratio"]
uses = ["power/steps"]
source = "POLCA, arXiv:2308.12908 (peak utilisation, swings over 2 s and 40 s); one row per kind of entity, kinds are never summed"
key = ["dataset", "trace", "entity_kind", "entity_id"]
chart = { kind = "range", x = "mean_ratio", x2 = "peak_ratio", y = "trace", color = "entity_kind" }
finding = { pick = "peak_ratio DESC NULLS LAST", text = "{dataset}/{trace} comes closest to its limit: {mean_ratio:.1%} of {provisioned_w} W on average, {peak_ratio:.1%} at the peak: a headroom of {headroom_ratio:.1%}." }
n = { column = "samples" }

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
entity_id = { unit = "id", text = "The entity, or NULL where all of the kind are summed." }
samples = { unit = "1", text = "Ticks at which every entity of the kind reported." }
partial_samples = { unit = "1", text = "Ticks at which some did not; left out." }
provisioned_w = { unit = "W", text = "Provisioned power, summed." }
mean_w = { unit = "W", text = "Mean power." }
mean_ratio = { unit = "ratio", text = "Mean power over provisioned power." }
p99_ratio = { unit = "ratio", text = "99th percentile over provisioned power." }
peak_ratio = { unit = "ratio", text = "Largest power over provisioned power." }
headroom_ratio = { unit = "ratio", text = "1 - peak_ratio." }
peak_to_mean = { unit = "1", text = "Largest over mean power." }
max_rise_2s_ratio = { unit = "ratio", text = "Largest rise within 2 s over provisioned power." }
max_drop_2s_ratio = { unit = "ratio", text = "Largest drop within 2 s over provisioned power." }
max_rise_40s_ratio = { unit = "ratio", text = "Largest rise within 40 s, the latency of out-of-band capping." }
max_gap_s = { unit = "s", text = "Longest time between two ticks." }
tick_s = { unit = "s", text = "Median time between ticks." }
gaps = { unit = "1", text = "Gaps between whole ticks: longer than 10 times the median step and than 1 s (power/steps). No rise or drop within a time reaches across one that is longer than the time." }
unbridged_s = { unit = "s", text = "Time in gaps." }
--- */
WITH ticks AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        entity_id AS group_name,
        at_us,
        power_w,
        provisioned_w,
        ratio,
        is_whole,
        step_s,
        tick_s,
        is_gap,
        gap_before_s
    FROM power_steps(p_dataset := $dataset, p_trace := $trace, p_of := 'ticks', p_level := $level, p_tick_s := $tick_s)
),

tick_steps AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        group_name,
        any_value(tick_s) AS tick_s,
        max(step_s) AS max_gap_s,
        CAST(coalesce(round(2 / any_value(tick_s)), 0) AS BIGINT) AS in_2s,
        CAST(coalesce(round(40 / any_value(tick_s)), 0) AS BIGINT) AS in_40s,
        count(*) FILTER (WHERE is_gap) AS gaps,
        coalesce(sum(step_s) FILTER (WHERE is_gap), 0) AS unbridged_s
    FROM ticks
    WHERE is_whole
    GROUP BY dataset, trace, entity_kind, group_name
),

-- What lies between two ticks with a gap between them is unknown, but a rise over a gap of 3 s is one within 40 s all the same.
parts AS (
    SELECT
        *,
        count(*) FILTER (WHERE gap_before_s > 2) OVER so_far AS part_2s,
        count(*) FILTER (WHERE gap_before_s > 40) OVER so_far AS part_40s
    FROM ticks
    WHERE is_whole
    WINDOW so_far AS (PARTITION BY dataset, trace, entity_kind, group_name ORDER BY at_us ROWS UNBOUNDED PRECEDING)
),

-- Swings count ticks, not seconds: D seconds are round(D / median tick) ticks ahead.
swings AS (
    SELECT
        t.dataset,
        t.trace,
        t.entity_kind,
        t.group_name,
        max(t.ratio) OVER (within_2s ROWS BETWEEN CURRENT ROW AND s.in_2s FOLLOWING) - t.ratio AS rise_2s,
        t.ratio - min(t.ratio) OVER (within_2s ROWS BETWEEN CURRENT ROW AND s.in_2s FOLLOWING) AS drop_2s,
        max(t.ratio) OVER (within_40s ROWS BETWEEN CURRENT ROW AND s.in_40s FOLLOWING) - t.ratio AS rise_40s,
        s.tick_s
    FROM parts AS t
    INNER JOIN tick_steps AS s
        ON t.dataset = s.dataset AND t.trace = s.trace AND t.entity_kind = s.entity_kind AND t.group_name IS NOT DISTINCT FROM s.group_name
    WHERE s.tick_s > 0
    WINDOW
        within_2s AS (PARTITION BY t.dataset, t.trace, t.entity_kind, t.group_name, t.part_2s ORDER BY t.at_us),
        within_40s AS (PARTITION BY t.dataset, t.trace, t.entity_kind, t.group_name, t.part_40s ORDER BY t.at_us)
),

largest AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        group_name,
        max(rise_2s) FILTER (WHERE tick_s <= 4) AS rise_2s,
        max(drop_2s) FILTER (WHERE tick_s <= 4) AS drop_2s,
        max(rise_40s) FILTER (WHERE tick_s <= 80) AS rise_40s
    FROM swings
    GROUP BY dataset, trace, entity_kind, group_name
),

moments AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        group_name,
        count(*) FILTER (WHERE is_whole) AS samples,
        count(*) FILTER (WHERE NOT is_whole) AS partial_samples,
        max(provisioned_w) FILTER (WHERE is_whole) AS provisioned_w,
        avg(power_w) FILTER (WHERE is_whole) AS mean_w,
        avg(ratio) FILTER (WHERE is_whole) AS mean_ratio,
        quantile_cont(ratio, 0.99) FILTER (WHERE is_whole) AS p99_ratio,
        max(ratio) FILTER (WHERE is_whole) AS peak_ratio,
        coalesce(
            max(power_w) FILTER (WHERE is_whole) / nullif(avg(power_w) FILTER (WHERE is_whole), 0),
            max(ratio) FILTER (WHERE is_whole) / nullif(avg(ratio) FILTER (WHERE is_whole), 0)
        ) AS peak_to_mean
    FROM ticks
    GROUP BY dataset, trace, entity_kind, group_name
)

SELECT
    m.dataset,
    m.trace,
    m.entity_kind,
    m.group_name AS entity_id,
    m.samples,
    m.partial_samples,
    m.provisioned_w,
    m.mean_w,
    m.mean_ratio,
    m.p99_ratio,
    m.peak_ratio,
    1 - m.peak_ratio AS headroom_ratio,
    m.peak_to_mean,
    g.rise_2s AS max_rise_2s_ratio,
    g.drop_2s AS max_drop_2s_ratio,
    g.rise_40s AS max_rise_40s_ratio,
    s.max_gap_s,
    s.tick_s,
    s.gaps,
    s.unbridged_s
FROM moments AS m
LEFT JOIN largest AS g
    ON m.dataset = g.dataset AND m.trace = g.trace AND m.entity_kind = g.entity_kind AND m.group_name IS NOT DISTINCT FROM g.group_name
LEFT JOIN tick_steps AS s
    ON m.dataset = s.dataset AND m.trace = s.trace AND m.entity_kind = s.entity_kind AND m.group_name IS NOT DISTINCT FROM s.group_name
ORDER BY m.dataset, m.trace, m.entity_kind, m.group_name
