/* ---
title = "Cold start by component"
question = "Where does the time of a cold start go?"
reads = ["cold_start", "function_profile"]
requires = ["cold_start.total_s"]
source = "Serverless Cold Starts and Where to Find Them, EuroSys 2025 (components); residual = total - sum of components"
chart = { kind = "stacked_bar", x = "mean_s", y = "trace", color = "component" }
finding = { pick = "CASE WHEN component = 'residual' THEN NULL ELSE share_of_time END DESC NULLS LAST", text = "In {dataset}/{trace} the largest part of cold-start time is {component}: {share_of_time:.0%} of the summed time, {mean_share:.0%} of the average cold start." }
n = "cold_starts"

[params.by]
type = "VARCHAR"
default = "none"
choices = ["none", "runtime", "trigger", "cpu_cores"]
unit = "name"
text = "What to group by."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
grp = { unit = "name", text = "Group, or NULL; (not in function table) where the function is not listed." }
cold_starts = { unit = "1", text = "Cold starts with a positive total." }
total_mean_s = { unit = "s", text = "Mean cold start." }
total_p50_s = { unit = "s", text = "Median cold start." }
total_p99_s = { unit = "s", text = "99th percentile of the cold start." }
component = { unit = "name", text = "pod_allocation, deploy_code, deploy_dependency, scheduling, init or residual." }
mean_s = { unit = "s", text = "Mean of the component." }
share_of_time = { unit = "ratio", text = "Sum of the component over the sum of the totals." }
mean_share = { unit = "ratio", text = "Mean over cold starts of component / total." }
left_out = { unit = "1", text = "Cold starts whose total is unknown or not positive." }
residual_max_s = { unit = "s", text = "Largest absolute residual in the group." }
--- */
WITH chosen AS (
    SELECT
        c.*,
        CASE $by
            WHEN 'runtime' THEN coalesce(c.runtime, f.runtime, '(not in function table)')
            WHEN 'trigger' THEN coalesce(c.trigger, f.trigger, '(not in function table)')
            WHEN 'cpu_cores' THEN coalesce(CAST(coalesce(c.cpu_cores, f.cpu_cores) AS VARCHAR), '(not in function table)')
        END AS grp,
        coalesce(c.pod_allocation_s, 0)
        + coalesce(c.deploy_code_s, 0)
        + coalesce(c.deploy_dependency_s, 0)
        + coalesce(c.scheduling_s, 0)
        + coalesce(c.init_s, 0) AS known_s
    FROM cold_start AS c
    LEFT JOIN (
        SELECT
            dataset,
            trace,
            function_id,
            min(runtime) AS runtime,
            min(trigger) AS trigger,
            min(cpu_cores) AS cpu_cores
        FROM function_profile
        GROUP BY dataset, trace, function_id
    ) AS f
        ON c.dataset = f.dataset AND c.function_id = f.function_id AND (c.trace = f.trace OR f.trace IS NULL)
    WHERE c.dataset = coalesce($dataset, c.dataset) AND c.trace = coalesce($trace, c.trace)
),

counted AS (
    SELECT dataset, trace, grp, count(*) FILTER (WHERE total_s IS NULL OR total_s <= 0) AS left_out
    FROM chosen
    GROUP BY dataset, trace, grp
),

totals AS (
    SELECT
        dataset,
        trace,
        grp,
        count(*) AS cold_starts,
        avg(total_s) AS total_mean_s,
        quantile_cont(total_s, 0.5) AS total_p50_s,
        quantile_cont(total_s, 0.99) AS total_p99_s,
        sum(total_s) AS total_sum_s,
        max(abs(total_s - known_s)) AS residual_max_s,
        [
            {'component': 'pod_allocation', 'sum_s': sum(pod_allocation_s), 'mean_s': avg(pod_allocation_s), 'mean_share': avg(pod_allocation_s / total_s)},
            {'component': 'deploy_code', 'sum_s': sum(deploy_code_s), 'mean_s': avg(deploy_code_s), 'mean_share': avg(deploy_code_s / total_s)},
            {
                'component': 'deploy_dependency',
                'sum_s': sum(deploy_dependency_s), 'mean_s': avg(deploy_dependency_s),
                'mean_share': avg(deploy_dependency_s / total_s)
            },
            {'component': 'scheduling', 'sum_s': sum(scheduling_s), 'mean_s': avg(scheduling_s), 'mean_share': avg(scheduling_s / total_s)},
            {'component': 'init', 'sum_s': sum(init_s), 'mean_s': avg(init_s), 'mean_share': avg(init_s / total_s)},
            {
                'component': 'residual',
                'sum_s': sum(total_s - known_s),
                'mean_s': avg(total_s - known_s),
                'mean_share': avg((total_s - known_s) / total_s)
            }
        ] AS components
    FROM chosen
    WHERE total_s > 0
    GROUP BY dataset, trace, grp
),

listed AS (
    SELECT * EXCLUDE (components), unnest(components) AS part, generate_subscripts(components, 1) AS place
    FROM totals
)

SELECT
    l.dataset,
    l.trace,
    l.grp,
    l.cold_starts,
    l.total_mean_s,
    l.total_p50_s,
    l.total_p99_s,
    l.part.component AS component,
    l.part.mean_s AS mean_s,
    l.part.sum_s / l.total_sum_s AS share_of_time,
    l.part.mean_share AS mean_share,
    c.left_out,
    l.residual_max_s
FROM listed AS l
INNER JOIN counted AS c ON l.dataset = c.dataset AND l.trace = c.trace AND l.grp IS NOT DISTINCT FROM c.grp
WHERE l.part.sum_s IS NOT NULL
ORDER BY l.dataset, l.trace, l.grp NULLS FIRST, l.place
