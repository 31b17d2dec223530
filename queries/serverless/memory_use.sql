/* ---
title = "Over-provisioned memory and CPU"
question = "How much of what functions are given do they use?"
reads = ["function_invocation"]
requires = ["function_invocation.memory_mb | function_invocation.cpu_cores", "function_invocation.memory_used_mb | function_invocation.cpu_used_cores"]
source = "Used over given per invocation; unused time is weighted by the invocation's duration. Huawei's use is the pod's average over the request, AWS's the largest so far"
key = ["dataset", "trace", "resource"]
chart = { kind = "range", x = "used_p50", x2 = "used_p99", y = "trace", color = "resource" }
finding = { pick = "CASE WHEN resource = 'memory' THEN unused_share END DESC NULLS LAST", text = "{unused_share:.0%} of the {resource} that the {invocations} invocations of {dataset}/{trace} held was not used; half of them use at most {used_p50:.0%}." }
n = { column = "invocations", over = ["dataset", "trace"] }

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
resource = { unit = "name", text = "memory or cpu." }
invocations = { unit = "1", text = "Invocations of which given and used are known." }
used_mean = { unit = "ratio", text = "Mean of used over given." }
used_p50 = { unit = "ratio", text = "Median of used over given." }
used_p99 = { unit = "ratio", text = "99th percentile of used over given." }
used_max = { unit = "ratio", text = "Largest of used over given." }
below_half_share = { unit = "ratio", text = "Share of invocations that use less than half." }
above_share = { unit = "ratio", text = "Share of invocations that use more than they are given." }
unused_share = { unit = "ratio", text = "Given minus used over given, both times duration; use beyond the gift counts as the gift." }
unused_gb_s = { unit = "GB-s", text = "Memory times duration that was given and not used." }
unused_core_h = { unit = "core-h", text = "Cores times duration that were given and not used." }
--- */
WITH used AS (
    SELECT
        dataset,
        trace,
        duration_s,
        unnest(['memory', 'cpu']) AS resource,
        unnest([memory_mb, cpu_cores]) AS given,
        unnest([memory_used_mb, cpu_used_cores]) AS used
    FROM function_invocation
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
)

SELECT
    dataset,
    trace,
    resource,
    count(*) AS invocations,
    avg(used / given) AS used_mean,
    quantile_cont(used / given, 0.5) AS used_p50,
    quantile_cont(used / given, 0.99) AS used_p99,
    max(used / given) AS used_max,
    count(*) FILTER (WHERE used < given / 2) / count(*) AS below_half_share,
    count(*) FILTER (WHERE used > given) / count(*) AS above_share,
    sum(greatest(given - used, 0) * duration_s) / nullif(sum(given * duration_s), 0) AS unused_share,
    CASE WHEN resource = 'memory' THEN sum(greatest(given - used, 0) * duration_s) / 1000 END AS unused_gb_s,
    CASE WHEN resource = 'cpu' THEN sum(greatest(given - used, 0) * duration_s) / 3600 END AS unused_core_h
FROM used
WHERE given > 0 AND used >= 0
GROUP BY dataset, trace, resource
ORDER BY dataset, trace, resource DESC
