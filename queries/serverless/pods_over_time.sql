/* ---
title = "Pods over time"
question = "How many pods are alive?"
reads = ["function_invocation", "function_rate", "function_profile"]
uses = ["serverless/_profile"]
requires = ["function_invocation.pod_id"]
source = "EuroSys 2025, figures 7 and 8 (pods over time, by trigger and runtime). From requests: a pod lives from its first request to keepalive_s after its last; pods without a request are not seen"
key = ["dataset", "trace", "grain", "group_name", "at_h"]
chart = { kind = "line", x = "at_h", y = "pods", color = "trace" }
finding = { pick = "to_mean DESC NULLS LAST, pods DESC, at_h", text = "The most pods of {dataset}/{trace} are alive {at_h} h after zero: {pods}, {to_mean} times the mean." }

[params.width_s]
type = "DOUBLE"
default = 600
unit = "s"
text = "Distance of the instants at which pods are counted; counts are averaged over it."

[params.keepalive_s]
type = "DOUBLE"
default = 60
unit = "s"
text = "Assumed time from a pod's last request to its deletion."

[params.by]
type = "VARCHAR"
default = "none"
choices = ["none", "runtime", "trigger", "size"]
unit = "name"
text = "What to group by; size is small up to 0.4 cores and 256 MB, else large."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
grain = { unit = "name", text = "event: from invocations; count: from counts per minute." }
group_name = { unit = "name", text = "Group, or NULL; (not in function table) where the function is not listed." }
at_h = { unit = "h", text = "Instant, or start of the window, from the trace's zero." }
pods = { unit = "1", text = "Pods alive at the instant, or their mean over the window." }
to_mean = { unit = "1", text = "Pods over the group's mean." }
--- */
WITH profile AS (
    SELECT * FROM _serverless_profile(p_dataset := $dataset, p_trace := $trace, p_by := $by)
),

lives AS (
    SELECT
        dataset,
        trace,
        any_value(function_id) AS function_id,
        min(started_us) AS first_us,
        max(greatest(ended_us, started_us)) AS last_us
    FROM function_invocation
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
        AND pod_id IS NOT NULL AND started_us IS NOT NULL
    GROUP BY dataset, trace, pod_id
),

-- A pod is counted at the instants in [first request, last request + keep-alive): one more from the first of them on, one less after the last.
steps AS (
    SELECT
        l.dataset,
        l.trace,
        CASE WHEN $by != 'none' THEN coalesce(p.named, '(not in function table)') END AS group_name,
        unnest([
            CAST(ceil(l.first_us / ($width_s * 1000000)) AS BIGINT),
            CAST(ceil((l.last_us + $keepalive_s * 1000000) / ($width_s * 1000000)) AS BIGINT)
        ]) AS i,
        unnest([1, -1]) AS step
    FROM lives AS l
    LEFT JOIN profile AS p
        ON l.dataset = p.dataset AND l.function_id = p.function_id AND (l.trace = p.trace OR p.trace IS NULL)
),

instants AS (
    SELECT
        g.dataset,
        g.trace,
        g.group_name,
        t.i
    FROM (SELECT DISTINCT dataset, trace, group_name FROM steps) AS g
    INNER JOIN (
        SELECT
            dataset,
            trace,
            unnest(range(
                CAST(ceil(min(first_us / ($width_s * 1000000))) AS BIGINT), CAST(floor(max(last_us / ($width_s * 1000000))) AS BIGINT) + 1
            )) AS i
        FROM lives
        GROUP BY dataset, trace
    ) AS t ON g.dataset = t.dataset AND g.trace = t.trace
),

alive AS (
    SELECT
        n.dataset,
        n.trace,
        'event' AS grain,
        n.group_name,
        n.i,
        CAST(max(coalesce(s.pods, 0)) AS DOUBLE) AS pods
    FROM instants AS n
    ASOF LEFT JOIN (
        SELECT
            dataset,
            trace,
            group_name,
            i,
            coalesce(group_name, '') AS named,
            sum(sum(step)) OVER (PARTITION BY dataset, trace, group_name ORDER BY i) AS pods
        FROM steps
        GROUP BY dataset, trace, group_name, i
    ) AS s ON n.dataset = s.dataset AND n.trace = s.trace AND coalesce(n.group_name, '') = s.named AND n.i >= s.i
    GROUP BY n.dataset, n.trace, n.group_name, n.i
),

-- Cells that are absent are zero: the mean is over the cells that a window holds, not over those that are there.
counted AS (
    SELECT
        r.dataset,
        r.trace,
        'count' AS grain,
        CASE WHEN $by != 'none' THEN coalesce(p.named, '(not in function table)') END AS group_name,
        r.started_us // CAST($width_s * 1000000 AS BIGINT) AS i,
        sum(r.value * r.width_s / greatest(r.width_s, $width_s)) AS pods
    FROM function_rate AS r
    LEFT JOIN profile AS p
        ON r.dataset = p.dataset AND r.function_id = p.function_id AND (r.trace = p.trace OR p.trace IS NULL)
    WHERE r.metric = 'pods' AND r.stat = 'sum'
        AND r.dataset = coalesce($dataset, r.dataset) AND r.trace = coalesce($trace, r.trace)
    GROUP BY r.dataset, r.trace, group_name, i
)

SELECT
    dataset,
    trace,
    grain,
    group_name AS group_name,
    i * $width_s / 3600 AS at_h,
    pods,
    pods / nullif(avg(pods) OVER (PARTITION BY dataset, trace, grain, group_name), 0) AS to_mean
FROM (
    SELECT * FROM alive
    UNION ALL
    SELECT * FROM counted
)
ORDER BY dataset, trace, grain, group_name NULLS FIRST, at_h
