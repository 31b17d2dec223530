/* ---
title = "Dominating component"
question = "Which component decides how long a cold start takes?"
reads = ["cold_start"]
requires = ["cold_start.total_s"]
source = "Serverless Cold Starts and Where to Find Them, EuroSys 2025, abstract (dependencies and scheduling dominate in R1, allocation in R2); three ways to count, side by side"
key = ["dataset", "trace", "component"]
chart = { kind = "bar", x = "dominated_share", y = "component", color = "trace" }
finding = { pick = "share_of_time DESC NULLS LAST", text = "In {dataset}/{trace} {component} dominates: {share_of_time:.0%} of the time, the largest part of {dominated_share:.0%} of the cold starts and of {windows_share:.0%} of the windows." }
n = { column = "cold_starts", over = ["dataset", "trace"] }

[params.width_s]
type = "DOUBLE"
default = 60
unit = "s"
text = "Window length for windows_share."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
component = { unit = "name", text = "pod_allocation, deploy_code, deploy_dependency, scheduling or init." }
share_of_time = { unit = "ratio", text = "Sum of the component over the sum of the totals." }
dominated = { unit = "1", text = "Cold starts whose largest component it is; of equal ones the first in the order of a cold start." }
dominated_share = { unit = "ratio", text = "Share of cold starts whose largest component it is." }
windows_share = { unit = "ratio", text = "Share of windows with cold starts in which the mean of the component is the largest." }
windows = { unit = "1", text = "Windows with cold starts." }
cold_starts = { unit = "1", text = "Cold starts with a positive total." }
--- */
WITH marked AS (
    SELECT
        dataset,
        trace,
        occurred_us // CAST($width_s * 1000000 AS BIGINT) AS i,
        total_s,
        [
            coalesce(pod_allocation_s, -1),
            coalesce(deploy_code_s, -1),
            coalesce(deploy_dependency_s, -1),
            coalesce(scheduling_s, -1),
            coalesce(init_s, -1)
        ] AS parts,
        pod_allocation_s, deploy_code_s, deploy_dependency_s, scheduling_s, init_s
    FROM cold_start
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace) AND total_s > 0
),

windows AS (
    SELECT
        dataset,
        trace,
        i,
        list_position(parts, list_max(parts)) AS largest,
        count(*) AS cold_starts,
        sum(total_s) AS total_s,
        sum(pod_allocation_s) AS pod_allocation_s,
        sum(deploy_code_s) AS deploy_code_s,
        sum(deploy_dependency_s) AS deploy_dependency_s,
        sum(scheduling_s) AS scheduling_s,
        sum(init_s) AS init_s
    FROM marked
    GROUP BY dataset, trace, i, largest
),

-- First per window over all its cold starts, then once over the windows.
sums AS (
    SELECT
        dataset,
        trace,
        i,
        sum(total_s) AS total_s,
        [
            coalesce(sum(pod_allocation_s), -1),
            coalesce(sum(deploy_code_s), -1),
            coalesce(sum(deploy_dependency_s), -1),
            coalesce(sum(scheduling_s), -1),
            coalesce(sum(init_s), -1)
        ] AS parts
    FROM windows
    GROUP BY dataset, trace, i
),

totals AS (
    SELECT
        dataset,
        trace,
        count(*) AS windows,
        sum(total_s) AS total_s
    FROM sums
    GROUP BY dataset, trace
),

by_window AS (
    SELECT
        dataset,
        trace,
        part_number,
        sum(greatest(part, 0)) AS part_s,
        max(part) >= 0 AS is_known,
        count(*) FILTER (WHERE part_number = largest) AS windows
    FROM (
        SELECT
            dataset,
            trace,
            list_position(parts, list_max(parts)) AS largest,
            unnest(parts) AS part,
            unnest([1, 2, 3, 4, 5]) AS part_number
        FROM sums
    )
    GROUP BY dataset, trace, part_number
),

by_start AS (
    SELECT
        dataset,
        trace,
        largest AS part_number,
        CAST(sum(cold_starts) AS BIGINT) AS dominated,
        CAST(sum(sum(cold_starts)) OVER (PARTITION BY dataset, trace) AS BIGINT) AS cold_starts
    FROM windows
    GROUP BY dataset, trace, largest
)

SELECT
    w.dataset,
    w.trace,
    ['pod_allocation', 'deploy_code', 'deploy_dependency', 'scheduling', 'init'][w.part_number] AS component,
    w.part_s / t.total_s AS share_of_time,
    coalesce(s.dominated, 0) AS dominated,
    coalesce(s.dominated, 0) / n.cold_starts AS dominated_share,
    w.windows / t.windows AS windows_share,
    t.windows,
    n.cold_starts
FROM by_window AS w
INNER JOIN totals AS t ON w.dataset = t.dataset AND w.trace = t.trace
INNER JOIN (SELECT DISTINCT dataset, trace, cold_starts FROM by_start) AS n ON w.dataset = n.dataset AND w.trace = n.trace
LEFT JOIN by_start AS s ON w.dataset = s.dataset AND w.trace = s.trace AND w.part_number = s.part_number
WHERE w.is_known
ORDER BY w.dataset, w.trace, w.part_number
