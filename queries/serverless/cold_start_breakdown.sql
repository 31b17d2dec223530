/* ---
title = "Cold start by component"
question = "Where does the time of a cold start go?"
reads = ["cold_start", "function_profile"]
uses = ["serverless/_cold_starts", "serverless/_cold_groups"]
requires = ["cold_start.total_s | cold_start.init_s"]
source = "Serverless Cold Starts and Where to Find Them, EuroSys 2025 (components); residual = total - sum of components"
key = ["dataset", "trace", "grp", "component"]
chart = { kind = "stacked_bar", x = "mean_s", y = "trace", color = "component" }
finding = { pick = "CASE WHEN component = 'residual' THEN NULL ELSE share_of_time END DESC NULLS LAST", text = "In {dataset}/{trace} the largest part of cold-start time is {component}: {share_of_time:.0%} of the summed time, {mean_share:.0%} of the average cold start." }
n = { column = "cold_starts", over = ["dataset", "trace", "grp"] }

[params.by]
type = "VARCHAR"
default = "none"
choices = ["none", "runtime", "trigger", "cpu_cores", "pool", "size"]
unit = "name"
text = "What to group by; size is small up to 0.4 cores and 256 MB, else large."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
grp = { unit = "name", text = "Group, or NULL; (not in function table) where the function is not listed." }
cold_starts = { unit = "1", text = "Cold starts with a positive total; of a group without totals, those with the component." }
total_mean_s = { unit = "s", text = "Mean cold start; NULL, as all shares, for a group without totals, whose known components are given." }
total_p50_s = { unit = "s", text = "Median cold start." }
total_p99_s = { unit = "s", text = "99th percentile of the cold start." }
component = { unit = "name", text = "pod_allocation, deploy_code, deploy_dependency, scheduling, init or residual." }
mean_s = { unit = "s", text = "Mean of the component." }
share_of_time = { unit = "ratio", text = "Sum of the component over the sum of the totals." }
mean_share = { unit = "ratio", text = "Mean over cold starts of component / total." }
left_out = { unit = "1", text = "Cold starts whose total is unknown or not positive." }
residual_max_s = { unit = "s", text = "Largest absolute residual in the group." }
--- */
WITH keyed AS NOT MATERIALIZED (
    SELECT * FROM _serverless_cold_starts(p_dataset := $dataset, p_trace := $trace, p_by := $by)
),

-- Rows carry one small number in group_number of their group.
dictionary AS (
    SELECT * FROM _serverless_cold_groups(p_dataset := $dataset, p_trace := $trace, p_by := $by)
),

-- All components in one pass.
totals AS (
    SELECT
        d.group_number,
        count(*) AS cold_starts,
        avg(k.total_s) AS total_mean_s,
        quantile_cont(k.total_s, [0.5, 0.99]) AS total_quantiles_s,
        sum(k.total_s) AS total_s,
        max(abs(
            k.total_s - coalesce(k.pod_allocation_s, 0) - coalesce(k.deploy_code_s, 0)
            - coalesce(k.deploy_dependency_s, 0) - coalesce(k.scheduling_s, 0) - coalesce(k.init_s, 0)
        )) AS residual_max_s,
        sum(k.pod_allocation_s) AS pod_allocation_s,
        sum(k.deploy_code_s) AS deploy_code_s,
        sum(k.deploy_dependency_s) AS deploy_dependency_s,
        sum(k.scheduling_s) AS scheduling_s,
        sum(k.init_s) AS init_s,
        count(k.pod_allocation_s) AS pod_allocations,
        count(k.deploy_code_s) AS deploy_codes,
        count(k.deploy_dependency_s) AS deploy_dependencies,
        count(k.scheduling_s) AS schedulings,
        count(k.init_s) AS inits,
        sum(k.pod_allocation_s / k.total_s) AS pod_allocation_shares,
        sum(k.deploy_code_s / k.total_s) AS deploy_code_shares,
        sum(k.deploy_dependency_s / k.total_s) AS deploy_dependency_shares,
        sum(k.scheduling_s / k.total_s) AS scheduling_shares,
        sum(k.init_s / k.total_s) AS init_shares
    FROM keyed AS k
    INNER JOIN dictionary AS d
        ON
            k.dataset = d.dataset AND k.trace = d.trace
            AND k.function_id IS NOT DISTINCT FROM d.function_id AND k.own IS NOT DISTINCT FROM d.own
    WHERE k.total_s > 0
    GROUP BY d.group_number
),

-- Of a group without totals the components are known for themselves.
parts AS (
    SELECT
        d.group_number,
        avg(k.pod_allocation_s) AS pod_allocation_s,
        avg(k.deploy_code_s) AS deploy_code_s,
        avg(k.deploy_dependency_s) AS deploy_dependency_s,
        avg(k.scheduling_s) AS scheduling_s,
        avg(k.init_s) AS init_s,
        count(k.pod_allocation_s) AS pod_allocations,
        count(k.deploy_code_s) AS deploy_codes,
        count(k.deploy_dependency_s) AS deploy_dependencies,
        count(k.scheduling_s) AS schedulings,
        count(k.init_s) AS inits
    FROM keyed AS k
    INNER JOIN dictionary AS d
        ON
            k.dataset = d.dataset AND k.trace = d.trace
            AND k.function_id IS NOT DISTINCT FROM d.function_id AND k.own IS NOT DISTINCT FROM d.own
    GROUP BY d.group_number
    HAVING count(k.total_s) = 0
),

unknown AS (
    SELECT
        d.group_number,
        count(*) AS cold_starts
    FROM keyed AS k
    INNER JOIN dictionary AS d
        ON
            k.dataset = d.dataset AND k.trace = d.trace
            AND k.function_id IS NOT DISTINCT FROM d.function_id AND k.own IS NOT DISTINCT FROM d.own
    WHERE k.total_s IS NULL OR k.total_s <= 0
    GROUP BY d.group_number
),

-- What is left of the totals once the known components are taken off.
listed AS (
    SELECT
        *,
        unnest([
            {'component': 'pod_allocation', 'n': pod_allocations, 'sum_s': pod_allocation_s, 'shares': pod_allocation_shares},
            {'component': 'deploy_code', 'n': deploy_codes, 'sum_s': deploy_code_s, 'shares': deploy_code_shares},
            {'component': 'deploy_dependency', 'n': deploy_dependencies, 'sum_s': deploy_dependency_s, 'shares': deploy_dependency_shares},
            {'component': 'scheduling', 'n': schedulings, 'sum_s': scheduling_s, 'shares': scheduling_shares},
            {'component': 'init', 'n': inits, 'sum_s': init_s, 'shares': init_shares},
            {
                'component': 'residual',
                'n': cold_starts,
                -- Rounded to the microsecond that sources print: the rest is what sums over threads leave behind.
                'sum_s': round(
                    total_s - coalesce(pod_allocation_s, 0) - coalesce(deploy_code_s, 0)
                    - coalesce(deploy_dependency_s, 0) - coalesce(scheduling_s, 0) - coalesce(init_s, 0), 6
                ) + 0.0,
                'shares': round(
                    cold_starts - coalesce(pod_allocation_shares, 0) - coalesce(deploy_code_shares, 0)
                    - coalesce(deploy_dependency_shares, 0) - coalesce(scheduling_shares, 0) - coalesce(init_shares, 0), 6
                ) + 0.0
            }
        ]) AS part,
        unnest(range(6)) AS part_index
    FROM totals
),

rows_of_parts AS (
    SELECT
        group_number,
        unnest([pod_allocations, deploy_codes, deploy_dependencies, schedulings, inits]) AS cold_starts,
        unnest(['pod_allocation', 'deploy_code', 'deploy_dependency', 'scheduling', 'init']) AS component,
        unnest([pod_allocation_s, deploy_code_s, deploy_dependency_s, scheduling_s, init_s]) AS mean_s,
        unnest(range(5)) AS part_index
    FROM parts
),

rows_of_all AS (
    SELECT
        group_number,
        cold_starts,
        total_s / cold_starts AS total_mean_s,
        total_quantiles_s[1] AS total_p50_s,
        total_quantiles_s[2] AS total_p99_s,
        part.component AS component,
        part.sum_s / part.n AS mean_s,
        part.sum_s / total_s AS share_of_time,
        part.shares / part.n AS mean_share,
        residual_max_s,
        part_index
    FROM listed
    UNION ALL BY NAME
    SELECT * FROM rows_of_parts
)

SELECT
    g.dataset,
    g.trace,
    g.group_name AS grp,
    l.cold_starts,
    l.total_mean_s,
    l.total_p50_s,
    l.total_p99_s,
    l.component,
    l.mean_s,
    l.share_of_time,
    l.mean_share,
    coalesce(u.cold_starts, 0) AS left_out,
    l.residual_max_s
FROM rows_of_all AS l
INNER JOIN (SELECT DISTINCT group_number, dataset, trace, group_name FROM dictionary) AS g ON l.group_number = g.group_number
LEFT JOIN unknown AS u ON l.group_number = u.group_number
WHERE l.mean_s IS NOT NULL
ORDER BY g.dataset, g.trace, g.group_name NULLS FIRST, l.part_index
