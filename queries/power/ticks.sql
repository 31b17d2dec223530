/* ---
title = "Power ticks"
question = "What do the entities of a kind draw together, instant by instant?"
reads = ["power_sample"]
source = "Stamps shared by the entities are the ticks, else stamps floored to the median step; kinds are never summed together"
chart = { kind = "table" }
finding = { pick = "power_w DESC NULLS LAST, ratio DESC NULLS LAST", text = "{dataset}/{trace} draws most at {tick_us} microseconds, when {reporting} of {entities} entities report." }

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
tick_us = { unit = "us", text = "The tick." }
entities = { unit = "1", text = "Entities of the group over the whole recording." }
reporting = { unit = "1", text = "Entities that reported at the tick." }
is_whole = { unit = "bool", text = "Whether all did." }
power_w = { unit = "W", text = "Power, summed over those that reported." }
provisioned_w = { unit = "W", text = "Provisioned power, summed." }
ratio = { unit = "ratio", text = "Power over provisioned power; the mean of the entities' own ratios where the source gives only those." }
--- */
WITH chosen AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        entity_id,
        CASE $level WHEN 'entity' THEN entity_id WHEN 'parent' THEN parent_id END AS grp,
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
)

SELECT
    s.dataset,
    s.trace,
    s.entity_kind,
    s.grp AS entity_id,
    s.tick_us,
    e.entities,
    s.reporting,
    s.reporting = e.entities AS is_whole,
    s.power_w,
    s.provisioned_w,
    coalesce(s.power_ratio, s.power_w / s.provisioned_w) AS ratio
FROM sums AS s
INNER JOIN entities AS e
    ON s.dataset = e.dataset AND s.trace = e.trace AND s.entity_kind = e.entity_kind AND s.grp IS NOT DISTINCT FROM e.grp
ORDER BY s.dataset, s.trace, s.entity_kind, s.grp, s.tick_us
