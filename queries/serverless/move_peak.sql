/* ---
title = "Moving a peak to another region"
question = "What is saved when a region's busiest hours start their pods in another region?"
reads = ["cold_start"]
requires = ["cold_start.total_s"]
source = "EuroSys 2025, section 6 (scheduling over several regions, which it proposes and does not size). What if, in windows in which a region starts more pods than its threshold quantile, the excess starts elsewhere, at that region's mean time of the same window and a round trip more; only into room below the other's own peak"
key = ["dataset", "trace", "to_trace"]
chart = { kind = "heat_map", x = "to_trace", y = "trace", color = "saved_share" }
finding = { pick = "CASE WHEN moved > 0 THEN saved_s END DESC NULLS LAST", text = "Moving {moved} cold starts of {dataset}/{trace} ({moved_share:.1%}) to {to_trace} saves {saved_s} s of cold-start time ({saved_share:.1%}) and lowers the peak from {peak} to {peak_left} a window." }
n = { column = "cold_starts", over = ["dataset", "trace"] }

[params.width_s]
type = "DOUBLE"
default = 3600
unit = "s"
text = "Window length; both regions' windows are on the same clock."

[params.threshold]
type = "DOUBLE"
default = 0.9
unit = "ratio"
text = "Quantile over windows of the number of cold starts above which the excess is moved."

[params.round_trip_s]
type = "DOUBLE"
default = 0.05
unit = "s"
text = "Time that a start in another region takes longer."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
to_trace = { unit = "id", text = "Region that takes the excess." }
cold_starts = { unit = "1", text = "Cold starts of the region." }
moved = { unit = "1", text = "Cold starts moved." }
moved_share = { unit = "ratio", text = "Share of the region's cold starts." }
saved_s = { unit = "s", text = "Time saved: moved starts times the difference of the two means of the window, less the round trip; negative where the other is slower." }
saved_share = { unit = "ratio", text = "Time saved over the region's cold-start time." }
peak = { unit = "1", text = "Cold starts in the region's busiest window." }
peak_left = { unit = "1", text = "The same after the move." }
to_peak = { unit = "1", text = "Cold starts in the other region's busiest window, which the move does not raise." }
joint_peak_share = { unit = "ratio", text = "Peak of both together over the sum of their peaks: 1 where they peak at once." }
no_room = { unit = "1", text = "Excess for which the other region had no room." }
--- */
WITH windows AS (
    SELECT
        dataset,
        trace,
        occurred_us // CAST($width_s * 1000000 AS BIGINT) AS i,
        count(*) AS n,
        sum(total_s) AS total_s
    FROM cold_start
    WHERE dataset = coalesce($dataset, dataset) AND occurred_us IS NOT NULL AND total_s > 0
    GROUP BY dataset, trace, i
),

-- Windows without a cold start count: they are room, and they lower the threshold.
extent AS (
    SELECT
        dataset,
        trace,
        max(i) - min(i) + 1 AS windows,
        min(i) AS first_i,
        max(i) AS last_i,
        sum(n) AS cold_starts,
        sum(total_s) AS total_s,
        max(n) AS peak
    FROM windows
    GROUP BY dataset, trace
),

thresholds AS (
    SELECT
        p.dataset,
        p.trace,
        coalesce(min(p.n) FILTER (WHERE p.rank >= ceil($threshold * (e.windows - 1))), 0) AS threshold
    FROM (
        SELECT
            w.*,
            x.windows - count(*) OVER (PARTITION BY w.dataset, w.trace)
            + row_number() OVER (PARTITION BY w.dataset, w.trace ORDER BY w.n, w.i) - 1 AS rank
        FROM windows AS w
        INNER JOIN extent AS x ON w.dataset = x.dataset AND w.trace = x.trace
    ) AS p
    INNER JOIN extent AS e ON p.dataset = e.dataset AND p.trace = e.trace
    GROUP BY p.dataset, p.trace
),

-- A window in which the other region starts nothing has its mean over the whole trace.
pairs AS (
    SELECT
        a.dataset,
        a.trace,
        o.trace AS to_trace,
        a.n,
        a.total_s / a.n AS mean_s,
        greatest(a.n - t.threshold, 0) AS excess,
        CASE WHEN a.i BETWEEN o.first_i AND o.last_i THEN o.peak - coalesce(b.n, 0) ELSE 0 END AS room,
        coalesce(b.total_s / b.n, o.total_s / o.cold_starts) + $round_trip_s AS other_s,
        coalesce(b.n, 0) AS other_n,
        o.peak AS to_peak
    FROM windows AS a
    INNER JOIN thresholds AS t ON a.dataset = t.dataset AND a.trace = t.trace
    INNER JOIN extent AS o ON a.dataset = o.dataset AND a.trace != o.trace
    LEFT JOIN windows AS b ON o.dataset = b.dataset AND o.trace = b.trace AND a.i = b.i
    WHERE a.trace = coalesce($trace, a.trace)
),

sums AS (
    SELECT
        dataset,
        trace,
        to_trace,
        CAST(sum(n) AS BIGINT) AS cold_starts,
        CAST(sum(least(excess, room)) AS BIGINT) AS moved,
        sum(least(excess, room) * (mean_s - other_s)) AS saved_s,
        sum(n * mean_s) AS total_s,
        max(n) AS peak,
        max(n - least(excess, room)) AS peak_left,
        max(to_peak) AS to_peak,
        max(n + other_n) AS joint,
        CAST(sum(excess - least(excess, room)) AS BIGINT) AS no_room
    FROM pairs
    GROUP BY dataset, trace, to_trace
)

SELECT
    dataset,
    trace,
    to_trace,
    cold_starts,
    moved,
    moved / cold_starts AS moved_share,
    saved_s,
    saved_s / total_s AS saved_share,
    peak,
    peak_left,
    to_peak,
    greatest(joint, to_peak) / (peak + to_peak) AS joint_peak_share,
    no_room
FROM sums
ORDER BY dataset, trace, to_trace
