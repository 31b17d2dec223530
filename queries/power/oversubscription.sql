/* ---
title = "Power oversubscription"
question = "How often would the power budget be exceeded with more servers under it?"
reads = ["power_sample"]
source = "POLCA, arXiv:2308.12908: thresholds T1 and T2 of capping and the budget; every added server draws as the measured ones do, at the same time"
chart = { kind = "line", x = "extra_ratio", y = "over_budget_ratio", color = "trace", percent = ["x", "y"] }
finding = { pick = "extra_ratio DESC, over_budget_ratio DESC", text = "With {extra_ratio:.0%} more servers {dataset}/{trace} would exceed its budget in {over_budget_ratio:.1%} of the ticks, T1 in {over_t1_ratio:.1%}." }
n = "samples"

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
)

SELECT
    t.dataset,
    t.trace,
    t.entity_kind,
    x.extra AS extra_ratio,
    count(*) FILTER (WHERE t.ratio * (1 + x.extra) > $t1) / count(*) AS over_t1_ratio,
    count(*) FILTER (WHERE t.ratio * (1 + x.extra) > $t2) / count(*) AS over_t2_ratio,
    count(*) FILTER (WHERE t.ratio * (1 + x.extra) > 1) / count(*) AS over_budget_ratio,
    t.grp AS entity_id,
    count(*) AS samples
FROM ticks AS t
CROSS JOIN (SELECT unnest($extra_ratios) AS extra) AS x
WHERE t.is_whole AND t.ratio IS NOT NULL
GROUP BY t.dataset, t.trace, t.entity_kind, t.grp, x.extra
ORDER BY t.dataset, t.trace, t.entity_kind, t.grp, x.extra
