/* ---
title = "Pod utility ratio"
question = "How long are pods useful, compared with the time of their cold start?"
reads = ["cold_start", "function_invocation", "function_profile"]
uses = ["serverless/_profile", "serverless/_cold_starts"]
requires = ["cold_start.pod_id", "function_invocation.pod_id"]
source = "EuroSys 2025, section 5: useful lifetime (lifetime without the keep-alive) over cold-start time. Deletions are not released: a pod is taken to end keepalive_s after its last request, as the authors advise (sir-lab/data-release, issue 11), so that useful = end of the last request - ready"
key = ["dataset", "trace", "group_name"]
chart = { kind = "range", x = "ratio_p25", x2 = "ratio_p75", y = "group_name", color = "trace", log = ["x"] }
finding = { pick = "CASE WHEN pods >= 3 THEN below1_share END DESC NULLS LAST", text = "{below1_share:.0%} of the {pods} pods of {dataset}/{trace} ({group_name}) are useful for less time than their start took; the median ratio is {ratio_p50}." }
n = { column = "pods" }

[params.by]
type = "VARCHAR"
default = "none"
choices = ["none", "runtime", "trigger", "cpu_cores", "pool", "size"]
unit = "name"
text = "What to group by; size is small up to 0.4 cores and 256 MB, else large."

[params.keepalive_s]
type = "DOUBLE"
default = 60
unit = "s"
text = "Assumed time from a pod's last request to its deletion; it decides which pods outlive the recording."

[params.ready]
type = "VARCHAR"
default = "after"
choices = ["after", "at"]
unit = "name"
text = "Whether a pod is ready after its cold start's instant plus its total, or at the instant (the release does not say which one it prints)."

[params.censored]
type = "VARCHAR"
default = "exclude"
choices = ["exclude", "include"]
unit = "name"
text = "Whether pods that outlive the recording are left out, or taken with the life that was seen."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
group_name = { unit = "name", text = "Group, or all; (not in function table) where the function is not listed." }
pods = { unit = "1", text = "Pods with a cold start and a request, less those left out." }
ratio_p10 = { unit = "1", text = "10th percentile of useful lifetime over cold-start time." }
ratio_p25 = { unit = "1", text = "25th percentile of the utility ratio." }
ratio_p50 = { unit = "1", text = "Median of the utility ratio." }
ratio_p75 = { unit = "1", text = "75th percentile of the utility ratio." }
ratio_p90 = { unit = "1", text = "90th percentile of the utility ratio." }
below1_share = { unit = "ratio", text = "Share of pods whose start took longer than they were useful." }
below10_share = { unit = "ratio", text = "Share of pods with a ratio below 10." }
above100_share = { unit = "ratio", text = "Share of pods with a ratio above 100." }
useful_p50_s = { unit = "s", text = "Median of the useful lifetime." }
outlive = { unit = "1", text = "Pods that outlive the recording, by the assumed keep-alive." }
without_request = { unit = "1", text = "Cold starts within the recording of requests whose pod serves none there." }
born_before = { unit = "1", text = "Pods of the trace with requests but no cold start: born before the recording." }
--- */
WITH served AS (
    SELECT
        dataset,
        trace,
        pod_id,
        max(greatest(ended_us, started_us)) AS last_us
    FROM function_invocation
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace) AND pod_id IS NOT NULL
    GROUP BY dataset, trace, pod_id
),

extent AS (
    SELECT
        dataset,
        trace,
        min(started_us) AS first_us,
        max(greatest(ended_us, started_us)) AS end_us
    FROM function_invocation
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
    GROUP BY dataset, trace
),

born AS (
    SELECT
        *,
        occurred_us + CASE WHEN $ready = 'after' THEN CAST(total_s * 1000000 AS BIGINT) ELSE 0 END AS ready_us
    FROM _serverless_cold_starts(p_dataset := $dataset, p_trace := $trace, p_by := $by)
    WHERE total_s > 0 AND pod_id IS NOT NULL
),

-- Cold starts count from the first request on: earlier pods may have served requests that nobody recorded.
lives AS (
    SELECT
        b.dataset,
        b.trace,
        CASE WHEN $by = 'none' THEN 'all' ELSE coalesce(b.own, p.named, '(not in function table)') END AS group_name,
        s.last_us IS NOT NULL AS is_used,
        s.last_us + $keepalive_s * 1000000 > e.end_us AS is_outliving,
        greatest(s.last_us - b.ready_us, 0) / 1e6 AS useful_s,
        b.total_s
    FROM born AS b
    INNER JOIN extent AS e ON b.dataset = e.dataset AND b.trace = e.trace
    LEFT JOIN served AS s ON b.dataset = s.dataset AND b.trace = s.trace AND b.pod_id = s.pod_id
    LEFT JOIN _serverless_profile(p_dataset := $dataset, p_trace := $trace, p_by := $by) AS p
        ON b.dataset = p.dataset AND b.function_id = p.function_id AND (b.trace = p.trace OR p.trace IS NULL)
    WHERE s.last_us IS NOT NULL OR b.occurred_us BETWEEN e.first_us AND e.end_us
),

before AS (
    SELECT
        s.dataset,
        s.trace,
        count(*) AS pods
    FROM served AS s
    ANTI JOIN born AS b ON s.dataset = b.dataset AND s.trace = b.trace AND s.pod_id = b.pod_id
    GROUP BY s.dataset, s.trace
),

rated AS (
    SELECT
        *,
        CASE WHEN is_used AND ($censored = 'include' OR NOT is_outliving) THEN useful_s / total_s END AS ratio
    FROM lives
)

SELECT
    r.dataset,
    r.trace,
    r.group_name AS group_name,
    count(r.ratio) AS pods,
    quantile_cont(r.ratio, 0.1) AS ratio_p10,
    quantile_cont(r.ratio, 0.25) AS ratio_p25,
    quantile_cont(r.ratio, 0.5) AS ratio_p50,
    quantile_cont(r.ratio, 0.75) AS ratio_p75,
    quantile_cont(r.ratio, 0.9) AS ratio_p90,
    count(*) FILTER (WHERE r.ratio < 1) / nullif(count(r.ratio), 0) AS below1_share,
    count(*) FILTER (WHERE r.ratio < 10) / nullif(count(r.ratio), 0) AS below10_share,
    count(*) FILTER (WHERE r.ratio > 100) / nullif(count(r.ratio), 0) AS above100_share,
    quantile_cont(CASE WHEN r.ratio IS NOT NULL THEN r.useful_s END, 0.5) AS useful_p50_s,
    count(*) FILTER (WHERE r.is_used AND r.is_outliving) AS outlive,
    count(*) FILTER (WHERE NOT r.is_used) AS without_request,
    coalesce(any_value(b.pods), 0) AS born_before
FROM rated AS r
LEFT JOIN before AS b ON r.dataset = b.dataset AND r.trace = b.trace
GROUP BY r.dataset, r.trace, r.group_name
ORDER BY r.dataset, r.trace, r.group_name
