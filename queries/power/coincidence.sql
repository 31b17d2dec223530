/* ---
title = "Coincidence of peaks"
question = "How far do peaks cancel out when more entities share a budget?"
reads = ["power_sample"]
requires = ["power_sample.entity_id", "power_sample.power_w | power_sample.power_ratio"]
uses = ["power/ticks"]
source = "Coincidence factor: peak of the sum over the sum of the peaks; its inverse is the diversity factor. Entities in the order of their ids, in full groups"
key = ["dataset", "trace", "entity_kind", "grouping", "group_size"]
chart = { kind = "line", x = "group_size", y = "coincidence_mean", color = "trace", log = ["x"] }
finding = { pick = "entities DESC, group_size DESC", text = "{group_size} entities ({entity_kind}) of {dataset}/{trace} together peak at {coincidence_mean:.1%} of the sum of their own peaks." }

[params.tick_s]
type = "DOUBLE"
unit = "s"
text = "Stamps are floored to this; by default stamps that the entities share are the ticks, else the median step."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
entity_kind = { unit = "name", text = "Kind of the entities." }
grouping = { unit = "name", text = "size: neighbours by id; parent: those of one parent; all: the whole kind." }
group_size = { unit = "1", text = "Entities in a group; of parents the mean." }
groups = { unit = "1", text = "Full groups with ticks at which all of the group reported." }
entities = { unit = "1", text = "Entities in them." }
coincidence_mean = { unit = "ratio", text = "Coincidence factor: peak of the sum over the sum of the peaks, mean over groups." }
coincidence_min = { unit = "ratio", text = "The smallest of a group." }
coincidence_max = { unit = "ratio", text = "The largest of a group." }
diversity_factor = { unit = "1", text = "1 / coincidence_mean." }
peak_to_mean = { unit = "1", text = "Largest over mean power of the group, mean over groups." }
--- */
WITH ticks AS (
    SELECT dataset, trace, entity_kind, entity_id, tick_us, coalesce(power_w, ratio) AS power
    FROM power_ticks(p_dataset := $dataset, p_trace := $trace, p_level := 'entity', p_tick_s := $tick_s)
    WHERE coalesce(power_w, ratio) IS NOT NULL
),

peaks AS (
    SELECT dataset, trace, entity_kind, entity_id, max(power) AS peak
    FROM ticks
    GROUP BY dataset, trace, entity_kind, entity_id
),

ranked AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        entity_id,
        peak,
        row_number() OVER (PARTITION BY dataset, trace, entity_kind ORDER BY entity_id) - 1 AS rank,
        count(*) OVER (PARTITION BY dataset, trace, entity_kind) AS entities
    FROM peaks
),

parents AS (
    SELECT dataset, trace, entity_kind, entity_id, max(parent_id) AS parent_id
    FROM power_sample
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace) AND parent_id IS NOT NULL
    GROUP BY dataset, trace, entity_kind, entity_id
),

members AS (
    SELECT
        r.dataset,
        r.trace,
        r.entity_kind,
        'size' AS grouping,
        CAST(s.size AS VARCHAR) AS level,
        CAST(r.rank // s.size AS VARCHAR) AS group_name,
        r.entity_id,
        r.peak
    FROM ranked AS r
    CROSS JOIN (SELECT unnest([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096]) AS size) AS s
    WHERE s.size < r.entities AND r.rank < (r.entities // s.size) * s.size
    UNION ALL
    SELECT r.dataset, r.trace, r.entity_kind, 'all' AS grouping, '' AS level, '' AS group_name, r.entity_id, r.peak
    FROM ranked AS r
    UNION ALL
    SELECT r.dataset, r.trace, r.entity_kind, 'parent' AS grouping, '' AS level, p.parent_id AS group_name, r.entity_id, r.peak
    FROM ranked AS r
    INNER JOIN parents AS p ON r.dataset = p.dataset AND r.trace = p.trace AND r.entity_kind = p.entity_kind AND r.entity_id = p.entity_id
),

sums_of_peaks AS (
    SELECT dataset, trace, entity_kind, grouping, level, group_name, count(*) AS entities, sum(peak ORDER BY entity_id) AS peaks
    FROM members
    GROUP BY dataset, trace, entity_kind, grouping, level, group_name
),

sums AS (
    SELECT m.dataset, m.trace, m.entity_kind, m.grouping, m.level, m.group_name, t.tick_us, count(*) AS reporting, sum(t.power) AS power
    FROM members AS m
    INNER JOIN ticks AS t
        ON m.dataset = t.dataset AND m.trace = t.trace AND m.entity_kind = t.entity_kind AND m.entity_id = t.entity_id
    GROUP BY m.dataset, m.trace, m.entity_kind, m.grouping, m.level, m.group_name, t.tick_us
),

groups AS (
    SELECT
        s.dataset,
        s.trace,
        s.entity_kind,
        s.grouping,
        s.level,
        s.group_name,
        p.entities,
        max(s.power) / nullif(p.peaks, 0) AS coincidence,
        max(s.power) / nullif(avg(s.power), 0) AS peak_to_mean
    FROM sums AS s
    INNER JOIN sums_of_peaks AS p
        ON s.dataset = p.dataset AND s.trace = p.trace AND s.entity_kind = p.entity_kind
        AND s.grouping = p.grouping AND s.level = p.level AND s.group_name = p.group_name
    WHERE s.reporting = p.entities
    GROUP BY s.dataset, s.trace, s.entity_kind, s.grouping, s.level, s.group_name, p.entities, p.peaks
)

SELECT
    dataset,
    trace,
    entity_kind,
    grouping,
    avg(entities) AS group_size,
    count(*) AS groups,
    CAST(sum(entities) AS BIGINT) AS entities,
    avg(coincidence) AS coincidence_mean,
    min(coincidence) AS coincidence_min,
    max(coincidence) AS coincidence_max,
    1 / nullif(avg(coincidence), 0) AS diversity_factor,
    avg(peak_to_mean) AS peak_to_mean
FROM groups
GROUP BY dataset, trace, entity_kind, grouping, level
ORDER BY dataset, trace, entity_kind, group_size, grouping
