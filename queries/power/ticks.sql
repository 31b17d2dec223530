/* ---
title = "Power ticks"
question = "What do the entities of a kind draw together, instant by instant?"
reads = ["power_sample"]
requires = ["power_sample.entity_id", "power_sample.power_w | power_sample.power_ratio"]
source = "Stamps shared by the entities are the ticks, else polls whose stamps are at most a second apart, else stamps floored to the median step: whichever way makes most whole ticks; kinds are never summed together"
key = ["dataset", "trace", "entity_kind", "entity_id", "tick_us"]
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
text = "Stamps are floored to this; by default the ticks are shared stamps, polls within a second, or stamps floored to the median step, whichever makes most whole ticks."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
entity_kind = { unit = "name", text = "Kind of the entities." }
entity_id = { unit = "id", text = "The entity or the parent, or NULL where all of the kind are summed." }
tick_us = { unit = "us", text = "The tick; of a poll its first stamp." }
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
        CASE $level WHEN 'entity' THEN entity_id WHEN 'parent' THEN parent_id END AS group_name,
        sampled_us,
        source_row,
        coalesce(power_w, power_ratio * provisioned_w) AS power_w,
        provisioned_w,
        -- A source that gives only ratios is used as given: its entity counts as one unit of provisioned power.
        CASE WHEN power_w IS NULL AND provisioned_w IS NULL THEN power_ratio END AS power_ratio
    FROM power_sample
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
        AND coalesce(power_w, power_ratio) IS NOT NULL
),

entities AS (
    SELECT dataset, trace, entity_kind, group_name, count(*) AS entities, sum(hash(entity_id)) AS fingerprint
    FROM (SELECT DISTINCT dataset, trace, entity_kind, group_name, entity_id FROM chosen)
    GROUP BY dataset, trace, entity_kind, group_name
),

kinds AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        count(*) AS readings,
        count(DISTINCT sampled_us) AS stamps,
        count(DISTINCT entity_id) AS entities
    FROM chosen
    GROUP BY dataset, trace, entity_kind
),

-- Where each stamp has one reading of every entity, the stamps are the ticks and there is nothing to choose.
uneven AS (
    SELECT k.dataset, k.trace, k.entity_kind, k.entities, 2 * k.readings <= k.stamps * k.entities AS is_sparse
    FROM kinds AS k
    WHERE $tick_s IS NULL AND k.entities > 1 AND k.readings <> k.stamps * k.entities
),

near AS (
    SELECT dataset, trace, entity_kind, bool_or(step_us <= 1000000) AS is_near
    FROM (
        SELECT
            dataset,
            trace,
            entity_kind,
            sampled_us - lag(sampled_us) OVER (PARTITION BY dataset, trace, entity_kind ORDER BY sampled_us) AS step_us
        FROM (
            SELECT DISTINCT c.dataset, c.trace, c.entity_kind, c.sampled_us
            FROM chosen AS c
            INNER JOIN uneven AS u ON c.dataset = u.dataset AND c.trace = u.trace AND c.entity_kind = u.entity_kind
        )
    )
    GROUP BY dataset, trace, entity_kind
),

-- Stamps that most entities share, and that are never within a second of the next one, are the ticks as they stand.
open AS (
    SELECT u.*
    FROM uneven AS u
    INNER JOIN near AS n ON u.dataset = n.dataset AND u.trace = n.trace AND u.entity_kind = n.entity_kind
    WHERE u.is_sparse OR n.is_near
),

steps AS (
    SELECT
        c.dataset,
        c.trace,
        c.entity_kind,
        c.sampled_us - lag(c.sampled_us) OVER (PARTITION BY c.dataset, c.trace, c.entity_kind, c.entity_id ORDER BY c.sampled_us) AS step_us
    FROM chosen AS c
    INNER JOIN open AS o ON c.dataset = o.dataset AND c.trace = o.trace AND c.entity_kind = o.entity_kind
),

median_steps AS (
    SELECT dataset, trace, entity_kind, median(step_us) / 1e6 AS step_s
    FROM steps
    WHERE step_us > 0
    GROUP BY dataset, trace, entity_kind
),

-- A logger asks for the entities one after the other, always in the order in which they first appear.
orders AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        entity_id,
        row_number() OVER (PARTITION BY dataset, trace, entity_kind ORDER BY first_us, first_row) AS poll_order
    FROM (
        SELECT
            c.dataset,
            c.trace,
            c.entity_kind,
            c.entity_id,
            min(c.sampled_us) AS first_us,
            arg_min(c.source_row, (c.sampled_us, c.source_row)) AS first_row
        FROM chosen AS c
        INNER JOIN open AS o ON c.dataset = o.dataset AND c.trace = o.trace AND c.entity_kind = o.entity_kind
        GROUP BY c.dataset, c.trace, c.entity_kind, c.entity_id
    )
),

ordered AS (
    SELECT
        c.*,
        m.step_s,
        p.poll_order,
        c.sampled_us - lag(c.sampled_us) OVER in_order AS gap_us,
        lag(p.poll_order) OVER in_order AS poll_order_before
    FROM chosen AS c
    INNER JOIN orders AS p
        ON c.dataset = p.dataset AND c.trace = p.trace AND c.entity_kind = p.entity_kind AND c.entity_id = p.entity_id
    LEFT JOIN median_steps AS m ON c.dataset = m.dataset AND c.trace = m.trace AND c.entity_kind = m.entity_kind
    WINDOW in_order AS (PARTITION BY c.dataset, c.trace, c.entity_kind ORDER BY c.sampled_us, c.source_row)
),

-- Two ways to tell polls apart: by the pause after one, and by the order of the entities, which begins anew.
polled AS (
    SELECT
        *,
        count(*) FILTER (WHERE gap_us > least(1000000, step_s * 500000)) OVER upto AS by_pause,
        count(*) FILTER (WHERE gap_us > 1000000 OR poll_order <= poll_order_before) OVER upto AS by_order,
        CASE WHEN step_s > 0 THEN CAST(floor(sampled_us / (step_s * 1e6)) * (step_s * 1e6) AS BIGINT) ELSE sampled_us END AS by_step
    FROM ordered
    WINDOW upto AS (PARTITION BY dataset, trace, entity_kind ORDER BY sampled_us, source_row ROWS UNBOUNDED PRECEDING)
),

-- One poll is at most a second long: what is longer is no instant, and each of its stamps stands alone.
bounded AS (
    SELECT
        *,
        CASE WHEN max(sampled_us) OVER pause - min(sampled_us) OVER pause <= 1000000 THEN min(sampled_us) OVER pause ELSE sampled_us END AS pause_us,
        CASE WHEN max(sampled_us) OVER one_order - min(sampled_us) OVER one_order <= 1000000 THEN min(sampled_us) OVER one_order ELSE sampled_us END
            AS order_us
    FROM polled
    WINDOW
        pause AS (PARTITION BY dataset, trace, entity_kind, by_pause),
        one_order AS (PARTITION BY dataset, trace, entity_kind, by_order)
),

ways AS (
    SELECT dataset, trace, entity_kind, entity_id, 1 AS way, sampled_us AS tick_us FROM bounded
    UNION ALL
    SELECT dataset, trace, entity_kind, entity_id, 2 AS way, pause_us AS tick_us FROM bounded
    UNION ALL
    SELECT dataset, trace, entity_kind, entity_id, 3 AS way, order_us AS tick_us FROM bounded
    UNION ALL
    SELECT dataset, trace, entity_kind, entity_id, 4 AS way, by_step AS tick_us FROM bounded
),

-- The way that makes most whole ticks; of equal ones the first. Few shared stamps are no ticks: flooring is for those alone.
best AS (
    SELECT w.dataset, w.trace, w.entity_kind, arg_max(w.way, (w.wholes, -w.way)) AS way
    FROM (
        SELECT dataset, trace, entity_kind, way, count(*) FILTER (WHERE reporting = all_entities) AS wholes
        FROM (
            SELECT
                t.dataset,
                t.trace,
                t.entity_kind,
                t.way,
                t.tick_us,
                count(DISTINCT t.entity_id) AS reporting,
                any_value(o.entities) AS all_entities,
                any_value(o.is_sparse) AS is_sparse
            FROM ways AS t
            INNER JOIN open AS o ON t.dataset = o.dataset AND t.trace = o.trace AND t.entity_kind = o.entity_kind
            GROUP BY t.dataset, t.trace, t.entity_kind, t.way, t.tick_us
        )
        WHERE way < 4 OR is_sparse
        GROUP BY dataset, trace, entity_kind, way
    ) AS w
    GROUP BY w.dataset, w.trace, w.entity_kind
),

stamped AS NOT MATERIALIZED (
    SELECT
        c.dataset,
        c.trace,
        c.entity_kind,
        c.entity_id,
        c.group_name,
        c.power_w,
        c.provisioned_w,
        c.power_ratio,
        CASE WHEN $tick_s > 0 THEN CAST(floor(c.sampled_us / ($tick_s * 1e6)) * ($tick_s * 1e6) AS BIGINT) ELSE c.sampled_us END AS tick_us
    FROM chosen AS c
    LEFT JOIN open AS o ON c.dataset = o.dataset AND c.trace = o.trace AND c.entity_kind = o.entity_kind
    WHERE o.dataset IS NULL
    UNION ALL
    SELECT
        p.dataset,
        p.trace,
        p.entity_kind,
        p.entity_id,
        p.group_name,
        p.power_w,
        p.provisioned_w,
        p.power_ratio,
        CASE b.way WHEN 1 THEN p.sampled_us WHEN 2 THEN p.pause_us WHEN 3 THEN p.order_us ELSE p.by_step END AS tick_us
    FROM bounded AS p
    INNER JOIN best AS b ON p.dataset = b.dataset AND p.trace = b.trace AND p.entity_kind = b.entity_kind
),

totals AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        group_name,
        tick_us,
        count(*) AS reporting,
        sum(hash(entity_id)) AS fingerprint,
        CASE WHEN count(power_w) = count(*) THEN sum(power_w) END AS power_w,
        CASE WHEN count(provisioned_w) = count(*) THEN sum(provisioned_w) END AS provisioned_w,
        avg(power_ratio) AS power_ratio
    FROM stamped
    GROUP BY dataset, trace, entity_kind, group_name, tick_us
),

-- Most ticks have one reading of every entity: as many readings as entities, and the sum of their hashes says that they are all there.
direct AS (
    SELECT t.*, t.reporting = e.entities AND t.fingerprint = e.fingerprint AS is_clean
    FROM totals AS t
    INNER JOIN entities AS e
        ON t.dataset = e.dataset AND t.trace = e.trace AND t.entity_kind = e.entity_kind AND t.group_name IS NOT DISTINCT FROM e.group_name
),

-- In the others an entity may be missing or there more than once: its readings within the tick are averaged first.
readings AS (
    SELECT
        s.dataset,
        s.trace,
        s.entity_kind,
        s.group_name,
        s.entity_id,
        s.tick_us,
        avg(s.power_w) AS power_w,
        max(s.provisioned_w) AS provisioned_w,
        avg(s.power_ratio) AS power_ratio
    FROM stamped AS s
    INNER JOIN (SELECT * FROM direct WHERE NOT is_clean) AS d
        ON s.dataset = d.dataset AND s.trace = d.trace AND s.entity_kind = d.entity_kind
        AND s.group_name IS NOT DISTINCT FROM d.group_name AND s.tick_us = d.tick_us
    GROUP BY s.dataset, s.trace, s.entity_kind, s.group_name, s.entity_id, s.tick_us
),

sums AS (
    SELECT dataset, trace, entity_kind, group_name, tick_us, reporting, power_w, provisioned_w, power_ratio
    FROM direct
    WHERE is_clean
    UNION ALL
    SELECT
        dataset,
        trace,
        entity_kind,
        group_name,
        tick_us,
        count(*) AS reporting,
        CASE WHEN count(power_w) = count(*) THEN sum(power_w) END AS power_w,
        CASE WHEN count(provisioned_w) = count(*) THEN sum(provisioned_w) END AS provisioned_w,
        avg(power_ratio) AS power_ratio
    FROM readings
    GROUP BY dataset, trace, entity_kind, group_name, tick_us
)

SELECT
    s.dataset,
    s.trace,
    s.entity_kind,
    s.group_name AS entity_id,
    s.tick_us,
    e.entities,
    s.reporting,
    s.reporting = e.entities AS is_whole,
    s.power_w,
    s.provisioned_w,
    coalesce(s.power_ratio, s.power_w / s.provisioned_w) AS ratio
FROM sums AS s
INNER JOIN entities AS e
    ON s.dataset = e.dataset AND s.trace = e.trace AND s.entity_kind = e.entity_kind AND s.group_name IS NOT DISTINCT FROM e.group_name
ORDER BY s.dataset, s.trace, s.entity_kind, s.group_name, s.tick_us
