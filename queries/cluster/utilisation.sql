/* ---
title = "Utilisation"
question = "How busy are the machines, containers and GPUs that were sampled?"
reads = ["resource_sample"]
source = "Samples count alike; cpu_ratio_time_mean weighs them by the time that they stand for (OpenDC fragments); peak to mean as in AgentCgroup, arXiv:2602.09345"
key = ["dataset", "trace", "entity_kind"]
chart = { kind = "range", x = "cpu_ratio_p50", x2 = "cpu_ratio_p99", y = "trace", color = "entity_kind" }
finding = { pick = "cpu_ratio_mean IS NULL, cpu_ratio_p99 DESC NULLS LAST", text = "The {entities} entities ({entity_kind}) of {dataset}/{trace} use {cpu_ratio_mean:.1%} of their CPU on average, {cpu_ratio_p99:.1%} in the busiest of a hundred samples." }
n = { column = "samples" }

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
entity_kind = { unit = "name", text = "Kind of the entities; kinds are never put together." }
entities = { unit = "1", text = "Entities sampled; each GPU of a machine is one." }
samples = { unit = "1", text = "Samples." }
cpu_ratio_mean = { unit = "ratio", text = "Mean CPU use over samples, as a fraction of what the entity has." }
cpu_ratio_p50 = { unit = "ratio", text = "Median CPU use." }
cpu_ratio_p99 = { unit = "ratio", text = "99th percentile of CPU use." }
memory_peak_to_mean_max = { unit = "1", text = "Largest over mean memory of an entity, the largest over entities." }
cpu_ratio_time_mean = { unit = "ratio", text = "Mean CPU use weighted by the samples' lengths; NULL where they are not published." }
memory_ratio_mean = { unit = "ratio", text = "Mean memory use, as a fraction of what the entity has." }
gpu_ratio_mean = { unit = "ratio", text = "Mean share of time in which the GPU ran a kernel." }
gpu_ratio_p50 = { unit = "ratio", text = "Median of that share." }
gpu_ratio_p99 = { unit = "ratio", text = "99th percentile of that share." }
--- */
WITH chosen AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        entity_id,
        gpu_index,
        width_s,
        coalesce(cpu_ratio, cpu_cores / nullif(cpu_cores_provisioned, 0)) AS cpu_ratio,
        memory_mb,
        coalesce(memory_ratio, memory_mb / nullif(memory_mb_provisioned, 0)) AS memory_ratio,
        gpu_ratio
    FROM resource_sample
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
),

entities AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        count(*) AS samples,
        sum(cpu_ratio) AS cpu_sum,
        count(cpu_ratio) AS cpu_samples,
        sum(cpu_ratio * width_s) AS cpu_s,
        sum(width_s) FILTER (WHERE cpu_ratio IS NOT NULL) AS width_s,
        sum(memory_ratio) AS memory_sum,
        count(memory_ratio) AS memory_samples,
        sum(gpu_ratio) AS gpu_sum,
        count(gpu_ratio) AS gpu_samples,
        coalesce(
            max(memory_mb) / nullif(avg(memory_mb), 0),
            max(memory_ratio) / nullif(avg(memory_ratio), 0)
        ) AS memory_peak_to_mean
    FROM chosen
    GROUP BY dataset, trace, entity_kind, entity_id, gpu_index
),

moments AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        count(*) AS entities,
        CAST(sum(samples) AS BIGINT) AS samples,
        sum(cpu_sum) / nullif(sum(cpu_samples), 0) AS cpu_ratio_mean,
        sum(cpu_s) / nullif(sum(width_s), 0) AS cpu_ratio_time_mean,
        sum(memory_sum) / nullif(sum(memory_samples), 0) AS memory_ratio_mean,
        sum(gpu_sum) / nullif(sum(gpu_samples), 0) AS gpu_ratio_mean,
        max(memory_peak_to_mean) AS memory_peak_to_mean_max
    FROM entities
    GROUP BY dataset, trace, entity_kind
),

-- Quantiles from counts of values: what is held grows with the distinct readings, not with the samples.
counts AS (
    SELECT dataset, trace, entity_kind, 'cpu' AS what, cpu_ratio AS value, count(*) AS n
    FROM chosen
    WHERE cpu_ratio IS NOT NULL
    GROUP BY dataset, trace, entity_kind, cpu_ratio
    UNION ALL
    SELECT dataset, trace, entity_kind, 'gpu' AS what, gpu_ratio AS value, count(*) AS n
    FROM chosen
    WHERE gpu_ratio IS NOT NULL
    GROUP BY dataset, trace, entity_kind, gpu_ratio
),

ranked AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        what,
        value,
        sum(n) OVER (PARTITION BY dataset, trace, entity_kind, what ORDER BY value) AS upto,
        sum(n) OVER (PARTITION BY dataset, trace, entity_kind, what) - 1 AS last
    FROM counts
),

-- A quantile lies between the readings of the ranks below and above it.
quantiles AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        what,
        min(value) FILTER (WHERE upto > floor(0.5 * last)) AS p50_below,
        min(value) FILTER (WHERE upto > ceil(0.5 * last)) AS p50_above,
        any_value(0.5 * last - floor(0.5 * last)) AS p50_part,
        min(value) FILTER (WHERE upto > floor(0.99 * last)) AS p99_below,
        min(value) FILTER (WHERE upto > ceil(0.99 * last)) AS p99_above,
        any_value(0.99 * last - floor(0.99 * last)) AS p99_part
    FROM ranked
    GROUP BY dataset, trace, entity_kind, what
)

SELECT
    m.dataset,
    m.trace,
    m.entity_kind,
    m.entities,
    m.samples,
    m.cpu_ratio_mean,
    c.p50_below + c.p50_part * (c.p50_above - c.p50_below) AS cpu_ratio_p50,
    c.p99_below + c.p99_part * (c.p99_above - c.p99_below) AS cpu_ratio_p99,
    m.memory_peak_to_mean_max,
    m.cpu_ratio_time_mean,
    m.memory_ratio_mean,
    m.gpu_ratio_mean,
    g.p50_below + g.p50_part * (g.p50_above - g.p50_below) AS gpu_ratio_p50,
    g.p99_below + g.p99_part * (g.p99_above - g.p99_below) AS gpu_ratio_p99
FROM moments AS m
LEFT JOIN quantiles AS c ON m.dataset = c.dataset AND m.trace = c.trace AND m.entity_kind = c.entity_kind AND c.what = 'cpu'
LEFT JOIN quantiles AS g ON m.dataset = g.dataset AND m.trace = g.trace AND m.entity_kind = g.entity_kind AND g.what = 'gpu'
ORDER BY m.dataset, m.trace, m.entity_kind
