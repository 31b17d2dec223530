/* ---
title = "Power headroom"
question = "How much of the provisioned power is never used, and how fast does power swing?"
reads = ["power_sample"]
source = "POLCA, arXiv:2308.12908 (peak utilisation, swings over 2 s and 40 s); one row per kind of entity, kinds are never summed"
chart = { kind = "range", x = "mean_ratio", x2 = "peak_ratio", y = "trace", color = "entity_kind" }
finding = { pick = "peak_ratio DESC NULLS LAST", text = "{dataset}/{trace} comes closest to its limit: {mean_ratio:.1%} of {provisioned_w} W on average, {peak_ratio:.1%} at the peak, so {headroom_ratio:.1%} of the provisioned power is never drawn." }
n = "samples"

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
--- */
WITH chosen AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        entity_id,
        CASE WHEN $level = 'entity' THEN entity_id END AS grp,
        sampled_us,
        coalesce(power_w, power_ratio * provisioned_w) AS power_w,
        provisioned_w,
        -- A source that gives only ratios is used as given: its entity counts as one unit of provisioned power.
        CASE WHEN power_w IS NULL AND provisioned_w IS NULL THEN power_ratio END AS power_ratio
    FROM power_sample
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
        AND coalesce(power_w, power_ratio) IS NOT NULL
),

entities AS (
    SELECT dataset, trace, entity_kind, grp, count(*) AS entities
    FROM (SELECT DISTINCT dataset, trace, entity_kind, grp, entity_id FROM chosen)
    GROUP BY dataset, trace, entity_kind, grp
),

steps AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        entity_id,
        sampled_us - lag(sampled_us) OVER (PARTITION BY dataset, trace, entity_kind, entity_id ORDER BY sampled_us) AS step_us
    FROM chosen
),

median_steps AS (
    SELECT dataset, trace, entity_kind, median(step_us) / 1e6 AS step_s
    FROM steps
    WHERE step_us > 0
    GROUP BY dataset, trace, entity_kind
),

-- Entities that are sampled together share their stamps, which then are the ticks; others meet in ticks of the median step.
meeting AS (
    SELECT
        c.dataset,
        c.trace,
        c.entity_kind,
        coalesce(
            max($tick_s),
            CASE WHEN 2 * count(*) < count(DISTINCT c.sampled_us) * count(DISTINCT c.entity_id) THEN any_value(m.step_s) END
        ) AS tick_s
    FROM chosen AS c
    LEFT JOIN median_steps AS m ON c.dataset = m.dataset AND c.trace = m.trace AND c.entity_kind = m.entity_kind
    GROUP BY c.dataset, c.trace, c.entity_kind
),

stamped AS (
    SELECT
        c.*,
        CASE
            WHEN k.tick_s > 0 THEN CAST(floor(c.sampled_us / (k.tick_s * 1e6)) * (k.tick_s * 1e6) AS BIGINT)
            ELSE c.sampled_us
        END AS tick_us
    FROM chosen AS c
    INNER JOIN meeting AS k ON c.dataset = k.dataset AND c.trace = k.trace AND c.entity_kind = k.entity_kind
),

readings AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        grp,
        entity_id,
        tick_us,
        avg(power_w) AS power_w,
        max(provisioned_w) AS provisioned_w,
        avg(power_ratio) AS power_ratio
    FROM stamped
    GROUP BY dataset, trace, entity_kind, grp, entity_id, tick_us
),

sums AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        grp,
        tick_us,
        count(*) AS reporting,
        CASE WHEN count(power_w) = count(*) THEN sum(power_w) END AS power_w,
        CASE WHEN count(provisioned_w) = count(*) THEN sum(provisioned_w) END AS provisioned_w,
        avg(power_ratio) AS power_ratio
    FROM readings
    GROUP BY dataset, trace, entity_kind, grp, tick_us
),

ticks AS (
    SELECT
        s.dataset,
        s.trace,
        s.entity_kind,
        s.grp,
        s.tick_us,
        s.power_w,
        s.provisioned_w,
        coalesce(s.power_ratio, s.power_w / s.provisioned_w) AS ratio,
        s.reporting = e.entities AS is_whole
    FROM sums AS s
    INNER JOIN entities AS e
        ON s.dataset = e.dataset AND s.trace = e.trace AND s.entity_kind = e.entity_kind AND s.grp IS NOT DISTINCT FROM e.grp
),

tick_steps AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        grp,
        median(step_us) / 1e6 AS tick_s,
        max(step_us) / 1e6 AS max_gap_s,
        CAST(coalesce(round(2e6 / nullif(median(step_us), 0)), 0) AS BIGINT) AS in_2s,
        CAST(coalesce(round(40e6 / nullif(median(step_us), 0)), 0) AS BIGINT) AS in_40s
    FROM (
        SELECT
            dataset,
            trace,
            entity_kind,
            grp,
            tick_us - lag(tick_us) OVER (PARTITION BY dataset, trace, entity_kind, grp ORDER BY tick_us) AS step_us
        FROM ticks
        WHERE is_whole
    )
    GROUP BY dataset, trace, entity_kind, grp
),

-- Swings count ticks, not seconds: D seconds are round(D / median tick) ticks ahead.
swings AS (
    SELECT
        t.dataset,
        t.trace,
        t.entity_kind,
        t.grp,
        max(t.ratio) OVER (in_order ROWS BETWEEN CURRENT ROW AND s.in_2s FOLLOWING) - t.ratio AS rise_2s,
        t.ratio - min(t.ratio) OVER (in_order ROWS BETWEEN CURRENT ROW AND s.in_2s FOLLOWING) AS drop_2s,
        max(t.ratio) OVER (in_order ROWS BETWEEN CURRENT ROW AND s.in_40s FOLLOWING) - t.ratio AS rise_40s,
        s.tick_s
    FROM ticks AS t
    INNER JOIN tick_steps AS s
        ON t.dataset = s.dataset AND t.trace = s.trace AND t.entity_kind = s.entity_kind AND t.grp IS NOT DISTINCT FROM s.grp
    WHERE t.is_whole AND s.tick_s > 0
    WINDOW in_order AS (PARTITION BY t.dataset, t.trace, t.entity_kind, t.grp ORDER BY t.tick_us)
),

largest AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        grp,
        max(rise_2s) FILTER (WHERE tick_s <= 4) AS rise_2s,
        max(drop_2s) FILTER (WHERE tick_s <= 4) AS drop_2s,
        max(rise_40s) FILTER (WHERE tick_s <= 80) AS rise_40s
    FROM swings
    GROUP BY dataset, trace, entity_kind, grp
),

moments AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        grp,
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
    GROUP BY dataset, trace, entity_kind, grp
)

SELECT
    m.dataset,
    m.trace,
    m.entity_kind,
    m.grp AS entity_id,
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
    s.tick_s
FROM moments AS m
LEFT JOIN largest AS g
    ON m.dataset = g.dataset AND m.trace = g.trace AND m.entity_kind = g.entity_kind AND m.grp IS NOT DISTINCT FROM g.grp
LEFT JOIN tick_steps AS s
    ON m.dataset = s.dataset AND m.trace = s.trace AND m.entity_kind = s.entity_kind AND m.grp IS NOT DISTINCT FROM s.grp
ORDER BY m.dataset, m.trace, m.entity_kind, m.grp
