/* ---
title = "Skew among clients"
question = "How few clients make the load, and how bursty are they?"
reads = ["llm_client_window"]
source = "ServeGen, arXiv:2505.09999: rates summed over the clients of a window; cv over windows in which the client was active"
key = ["dataset", "trace"]
chart = { kind = "bar", x = "top10_share", y = "trace", color = "dataset" }
finding = { pick = "top10_share DESC NULLS LAST", text = "In {dataset}/{trace}, {clients_for_90pct} of {clients} clients send 90 % of the requests; the ten busiest send a share of {top10_share}." }
n = { column = "clients" }

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
clients = { unit = "1", text = "Clients with windows." }
mean_rate_per_s = { unit = "1/s", text = "Mean over windows of the rate of all clients together." }
peak_to_mean = { unit = "1", text = "The busiest window's rate over the mean." }
top1_share = { unit = "ratio", text = "Share of requests that the busiest client sends." }
top10_share = { unit = "ratio", text = "Share of requests that the ten busiest clients send." }
clients_for_90pct = { unit = "1", text = "Fewest clients that send 90 % of the requests together." }
cv_p50 = { unit = "1", text = "Median over active windows of the coefficient of variation of gaps." }
cv_gt1_share = { unit = "ratio", text = "Share of active windows whose coefficient of variation is above 1." }
windows = { unit = "1", text = "Windows of the recording." }
active_windows = { unit = "1", text = "Windows of a client in which it sent requests." }
--- */
WITH chosen AS (
    SELECT dataset, trace, client_id, started_us, rate_per_s, iat_cv, rate_per_s * width_s AS sent
    FROM llm_client_window
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
),

loads AS (
    SELECT dataset, trace, started_us, sum(rate_per_s) AS rate_per_s
    FROM chosen
    GROUP BY dataset, trace, started_us
),

load AS (
    SELECT
        dataset,
        trace,
        count(*) AS windows,
        avg(rate_per_s) AS mean_rate_per_s,
        max(rate_per_s) / nullif(avg(rate_per_s), 0) AS peak_to_mean
    FROM loads
    GROUP BY dataset, trace
),

clients AS (
    SELECT dataset, trace, client_id, sum(sent) AS sent
    FROM chosen
    GROUP BY dataset, trace, client_id
),

ranked AS (
    SELECT
        dataset,
        trace,
        sent,
        row_number() OVER busiest AS rank,
        sum(sent) OVER busiest AS sent_up_to,
        sum(sent) OVER (PARTITION BY dataset, trace) AS sent_by_all
    FROM clients
    WINDOW busiest AS (PARTITION BY dataset, trace ORDER BY sent DESC, client_id ROWS UNBOUNDED PRECEDING)
),

shares AS (
    SELECT
        dataset,
        trace,
        count(*) AS clients,
        sum(sent) FILTER (WHERE rank = 1) / nullif(any_value(sent_by_all), 0) AS top1_share,
        sum(sent) FILTER (WHERE rank <= 10) / nullif(any_value(sent_by_all), 0) AS top10_share,
        min(rank) FILTER (WHERE sent_up_to >= 0.9 * sent_by_all AND sent_by_all > 0) AS clients_for_90pct
    FROM ranked
    GROUP BY dataset, trace
),

bursts AS (
    SELECT
        dataset,
        trace,
        count(*) AS active_windows,
        quantile_cont(iat_cv, 0.5) AS cv_p50,
        avg(CAST(iat_cv > 1 AS DOUBLE)) AS cv_gt1_share
    FROM chosen
    WHERE rate_per_s > 0
    GROUP BY dataset, trace
)

SELECT
    s.dataset,
    s.trace,
    s.clients,
    l.mean_rate_per_s,
    l.peak_to_mean,
    s.top1_share,
    s.top10_share,
    s.clients_for_90pct,
    b.cv_p50,
    b.cv_gt1_share,
    l.windows,
    b.active_windows
FROM shares AS s
INNER JOIN load AS l ON s.dataset = l.dataset AND s.trace = l.trace
LEFT JOIN bursts AS b ON s.dataset = b.dataset AND s.trace = b.trace
ORDER BY s.dataset, s.trace
