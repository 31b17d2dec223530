/* ---
title = "Requests by hour of the day"
question = "When during the day, and during the week, do requests come?"
reads = ["llm_request", "recording"]
calendar = "hour"
source = "BurstGPT, KDD 2025, doi:10.1145/3711896.3737413 (daily and weekly periods); hours of the trace's calendar: UTC where its zone is known, else as printed; rates are over the hours that the span really holds"
key = ["dataset", "trace", "bucket"]
chart = { kind = "line", x = "bucket", y = "to_mean", color = "trace", reference = 1 }
finding = { pick = "to_mean DESC NULLS LAST", text = "{dataset}/{trace} is busiest in hour {bucket}: {requests_per_hour} requests per hour, {to_mean} times its mean." }
n = { column = "all_requests", over = ["dataset", "trace"] }

[params.by]
type = "VARCHAR"
default = "hour"
choices = ["hour", "weekday_hour"]
unit = "name"
text = "Hour of the day, or hour of the week from Monday 00:00; the latter only where the weekday is known."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
bucket = { unit = "h", text = "Hour of the day, 0 to 23, or of the week, 0 to 167; 0 is Monday 00:00." }
requests = { unit = "1", text = "Requests that arrived in such an hour." }
hours_observed = { unit = "h", text = "How much of such hours lies between the first and the last arrival." }
requests_per_hour = { unit = "1", text = "Requests per hour observed." }
to_mean = { unit = "1", text = "Requests per hour over those of the whole span." }
input_tokens_mean = { unit = "tokens", text = "Mean of input tokens." }
output_tokens_mean = { unit = "tokens", text = "Mean of output tokens." }
all_requests = { unit = "1", text = "Requests of the trace that have an instant." }
--- */
-- 1970-01-01 is a Thursday: three days more put zero on a Monday and leave the hour of the day as it is. A clock without an anchor whose
-- hour is known starts at midnight.
WITH calendars AS (
    SELECT
        dataset,
        trace,
        coalesce(epoch_us(anchor_at), 0) + 259200000000 AS offset_us,
        CASE WHEN $by = 'hour' THEN 24 ELSE 168 END AS buckets
    FROM recording
    WHERE (calendar = 'hour' AND $by = 'hour') OR (calendar IN ('weekday_hour', 'exact') AND anchor_at IS NOT NULL)
),

dated AS (
    SELECT
        q.dataset,
        q.trace,
        q.input_tokens,
        q.output_tokens,
        q.arrived_us + c.offset_us AS at_us,
        c.buckets
    FROM llm_request AS q
    INNER JOIN calendars AS c ON q.dataset = c.dataset AND q.trace = c.trace
    WHERE q.dataset = coalesce($dataset, q.dataset) AND q.trace = coalesce($trace, q.trace)
        AND q.arrived_us IS NOT NULL
),

extent AS (
    SELECT
        dataset,
        trace,
        buckets,
        min(at_us) AS first_us,
        max(at_us) AS last_us,
        min(at_us) // 3600000000 AS first_hour,
        max(at_us) // 3600000000 AS last_hour,
        count(*) AS requests,
        count(*) / nullif((max(at_us) - min(at_us)) / 3.6e9, 0) AS mean_per_hour
    FROM dated
    GROUP BY dataset, trace, buckets
),

-- Whole hours of a bucket among first_hour..last_hour, less what precedes the first and follows the last arrival.
observed AS (
    SELECT
        e.dataset,
        e.trace,
        e.mean_per_hour,
        e.requests AS all_requests,
        b.bucket,
        (e.last_hour - b.bucket + e.buckets) // e.buckets
        - (e.first_hour - 1 - b.bucket + e.buckets) // e.buckets
        - CASE WHEN e.first_hour % e.buckets = b.bucket THEN (e.first_us - e.first_hour * 3600000000) / 3.6e9 ELSE 0 END
        - CASE WHEN e.last_hour % e.buckets = b.bucket THEN ((e.last_hour + 1) * 3600000000 - e.last_us) / 3.6e9 ELSE 0 END
        AS hours_observed
    FROM extent AS e
    INNER JOIN (SELECT unnest(range(168)) AS bucket) AS b ON e.buckets > b.bucket
),

counts AS (
    SELECT
        dataset,
        trace,
        at_us // 3600000000 % buckets AS bucket,
        count(*) AS requests,
        avg(input_tokens) AS input_tokens_mean,
        avg(output_tokens) AS output_tokens_mean
    FROM dated
    GROUP BY dataset, trace, at_us // 3600000000 % buckets
)

SELECT
    o.dataset,
    o.trace,
    o.bucket,
    coalesce(c.requests, 0) AS requests,
    o.hours_observed,
    coalesce(c.requests, 0) / nullif(o.hours_observed, 0) AS requests_per_hour,
    coalesce(c.requests, 0) / nullif(o.hours_observed, 0) / o.mean_per_hour AS to_mean,
    c.input_tokens_mean,
    c.output_tokens_mean,
    o.all_requests
FROM observed AS o
LEFT JOIN counts AS c ON o.dataset = c.dataset AND o.trace = c.trace AND o.bucket = c.bucket
WHERE o.hours_observed > 0 OR c.requests > 0
ORDER BY o.dataset, o.trace, o.bucket
