/* ---
title = "Power ticks"
question = "What do the entities of a kind draw together, instant by instant?"
reads = ["power_sample"]
requires = ["power_sample.entity_id", "power_sample.power_w | power_sample.power_ratio"]
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
WITH chosen AS NOT MATERIALIZED (
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
    SELECT dataset, trace, entity_kind, grp, count(*) AS entities, sum(hash(entity_id)) AS fingerprint
    FROM (SELECT DISTINCT dataset, trace, entity_kind, grp, entity_id FROM chosen)
    GROUP BY dataset, trace, entity_kind, grp
),

-- Entities that are sampled together share their stamps, which then are the ticks; others meet in ticks of the median step.
sharing AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        max($tick_s) IS NULL AND 2 * count(*) < count(DISTINCT sampled_us) * count(DISTINCT entity_id) AS needs_step
    FROM chosen
    GROUP BY dataset, trace, entity_kind
),

steps AS (
    SELECT
        c.dataset,
        c.trace,
        c.entity_kind,
        c.sampled_us - lag(c.sampled_us) OVER (PARTITION BY c.dataset, c.trace, c.entity_kind, c.entity_id ORDER BY c.sampled_us) AS step_us
    FROM chosen AS c
    INNER JOIN sharing AS h ON c.dataset = h.dataset AND c.trace = h.trace AND c.entity_kind = h.entity_kind
    WHERE h.needs_step
),

median_steps AS (
    SELECT dataset, trace, entity_kind, median(step_us) / 1e6 AS step_s
    FROM steps
    WHERE step_us > 0
    GROUP BY dataset, trace, entity_kind
),

meeting AS (
    SELECT h.dataset, h.trace, h.entity_kind, coalesce($tick_s, m.step_s) AS tick_s
    FROM sharing AS h
    LEFT JOIN median_steps AS m ON h.dataset = m.dataset AND h.trace = m.trace AND h.entity_kind = m.entity_kind
),

stamped AS NOT MATERIALIZED (
    SELECT
        c.*,
        CASE
            WHEN k.tick_s > 0 THEN CAST(floor(c.sampled_us / (k.tick_s * 1e6)) * (k.tick_s * 1e6) AS BIGINT)
            ELSE c.sampled_us
        END AS tick_us
    FROM chosen AS c
    INNER JOIN meeting AS k ON c.dataset = k.dataset AND c.trace = k.trace AND c.entity_kind = k.entity_kind
),

totals AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        grp,
        tick_us,
        count(*) AS reporting,
        sum(hash(entity_id)) AS fingerprint,
        CASE WHEN count(power_w) = count(*) THEN sum(power_w) END AS power_w,
        CASE WHEN count(provisioned_w) = count(*) THEN sum(provisioned_w) END AS provisioned_w,
        avg(power_ratio) AS power_ratio
    FROM stamped
    GROUP BY dataset, trace, entity_kind, grp, tick_us
),

-- Most ticks have one reading of every entity: as many readings as entities, and the sum of their hashes says that they are all there.
direct AS (
    SELECT t.*, t.reporting = e.entities AND t.fingerprint = e.fingerprint AS is_clean
    FROM totals AS t
    INNER JOIN entities AS e
        ON t.dataset = e.dataset AND t.trace = e.trace AND t.entity_kind = e.entity_kind AND t.grp IS NOT DISTINCT FROM e.grp
),

-- In the others an entity may be missing or there more than once: its readings within the tick are averaged first.
readings AS (
    SELECT
        s.dataset,
        s.trace,
        s.entity_kind,
        s.grp,
        s.entity_id,
        s.tick_us,
        avg(s.power_w) AS power_w,
        max(s.provisioned_w) AS provisioned_w,
        avg(s.power_ratio) AS power_ratio
    FROM stamped AS s
    INNER JOIN (SELECT * FROM direct WHERE NOT is_clean) AS d
        ON s.dataset = d.dataset AND s.trace = d.trace AND s.entity_kind = d.entity_kind
        AND s.grp IS NOT DISTINCT FROM d.grp AND s.tick_us = d.tick_us
    GROUP BY s.dataset, s.trace, s.entity_kind, s.grp, s.entity_id, s.tick_us
),

sums AS (
    SELECT dataset, trace, entity_kind, grp, tick_us, reporting, power_w, provisioned_w, power_ratio
    FROM direct
    WHERE is_clean
    UNION ALL
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
