/* ---
title = "Accesses to objects"
question = "How large are the objects that functions read, and how often do they come back?"
reads = ["blob_access"]
source = "Romero et al., Faa$T, SoCC 2021, section 2 (sizes per access, accesses per object)"
key = ["dataset", "trace"]
chart = { kind = "bar", x = "bytes_p50", y = "trace" }
finding = { pick = "accesses DESC NULLS LAST", text = "In {dataset}/{trace} half of the {accesses} accesses are to objects below {bytes_p50} bytes, one in a hundred to more than {bytes_p99}; {reads_share:.0%} only read." }
n = { column = "accesses" }

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
accesses = { unit = "1", text = "Accesses." }
objects = { unit = "1", text = "Distinct objects, whatever their version." }
apps = { unit = "1", text = "Applications." }
invocations = { unit = "1", text = "Distinct invocations." }
reads_share = { unit = "ratio", text = "Share of accesses that read and do not write." }
bytes_p50 = { unit = "bytes", text = "Median size of the object, over accesses." }
bytes_p75 = { unit = "bytes", text = "75th percentile of the size, over accesses." }
bytes_p90 = { unit = "bytes", text = "90th percentile of the size, over accesses." }
bytes_p99 = { unit = "bytes", text = "99th percentile of the size, over accesses." }
bytes_max = { unit = "bytes", text = "Largest object." }
accesses_per_object_p50 = { unit = "1", text = "Median number of accesses to an object." }
once_share = { unit = "ratio", text = "Share of objects that are accessed once." }
apps_without_reuse_share = { unit = "ratio", text = "Share of applications with at most one invocation per object." }
--- */
WITH chosen AS (
    SELECT
        dataset,
        trace,
        app_id,
        request_id,
        blob_id,
        blob_bytes,
        is_read,
        is_write
    FROM blob_access
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
),

of_objects AS (
    SELECT
        dataset,
        trace,
        count(*) AS objects,
        quantile_cont(accesses, 0.5) AS accesses_per_object_p50,
        avg(CAST(accesses = 1 AS INTEGER)) AS once_share
    FROM (
        SELECT
            dataset,
            trace,
            blob_id,
            count(*) AS accesses
        FROM chosen
        WHERE blob_id IS NOT NULL
        GROUP BY dataset, trace, blob_id
    )
    GROUP BY dataset, trace
),

of_apps AS (
    SELECT
        dataset,
        trace,
        avg(CAST(invocations <= objects AS INTEGER)) AS apps_without_reuse_share
    FROM (
        SELECT
            dataset,
            trace,
            app_id,
            count(DISTINCT request_id) AS invocations,
            count(DISTINCT blob_id) AS objects
        FROM chosen
        WHERE app_id IS NOT NULL
        GROUP BY dataset, trace, app_id
    )
    GROUP BY dataset, trace
)

SELECT
    c.dataset,
    c.trace,
    count(*) AS accesses,
    any_value(o.objects) AS objects,
    count(DISTINCT c.app_id) AS apps,
    count(DISTINCT c.request_id) AS invocations,
    avg(CAST(c.is_read AND NOT c.is_write AS INTEGER)) AS reads_share,
    quantile_cont(c.blob_bytes, 0.5) AS bytes_p50,
    quantile_cont(c.blob_bytes, 0.75) AS bytes_p75,
    quantile_cont(c.blob_bytes, 0.9) AS bytes_p90,
    quantile_cont(c.blob_bytes, 0.99) AS bytes_p99,
    max(c.blob_bytes) AS bytes_max,
    any_value(o.accesses_per_object_p50) AS accesses_per_object_p50,
    any_value(o.once_share) AS once_share,
    any_value(a.apps_without_reuse_share) AS apps_without_reuse_share
FROM chosen AS c
LEFT JOIN of_objects AS o ON c.dataset = o.dataset AND c.trace = o.trace
LEFT JOIN of_apps AS a ON c.dataset = a.dataset AND c.trace = a.trace
GROUP BY c.dataset, c.trace
ORDER BY c.dataset, c.trace
