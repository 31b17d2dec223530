/* ---
title = "What is measured of cold starts"
question = "Are whole cold starts known, or only their initialisation?"
reads = ["cold_start"]
source = "Serverless Cold Starts and Where to Find Them, EuroSys 2025"

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
has_total = { unit = "bool", text = "Whether any cold start of the trace has a total." }
--- */
SELECT
    dataset,
    trace,
    count(total_s) > 0 AS has_total
FROM cold_start
WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
GROUP BY dataset, trace
