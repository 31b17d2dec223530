/* ---
title = "Data quality"
question = "What was wrong with the raw data, and what became of every record?"
reads = ["ingest_profile", "recording"]
source = "Counted at ingest, in raw order; nothing is dropped or deduplicated by default"
key = ["dataset", "trace", "table_name"]
chart = { kind = "table" }
finding = { pick = "rejected DESC, duplicate_rows DESC, out_of_order DESC", text = "{dataset}/{trace} {table_name}: {rejected} rejected, {duplicate_rows} duplicate and {out_of_order} out-of-order of {rows} rows; every other table has no more rejects." }
n = { column = "rows" }

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
table_name = { unit = "name", text = "Table." }
rows = { unit = "1", text = "Rows written." }
rejected = { unit = "1", text = "Records set aside with file, line, text and reason." }
null_ratio_max = { unit = "ratio", text = "Largest share of NULLs in a column that the source fills at all." }
duplicate_rows = { unit = "1", text = "Rows equal to an earlier one in every column but source_row, kept." }
out_of_order = { unit = "1", text = "Rows whose instant is before that of the row above in the raw file." }
gap_max_s = { unit = "s", text = "Longest time between two consecutive instants." }
resolution_us = { unit = "us", text = "Resolution of the clock." }
dropped = { unit = "1", text = "Records left out by a named erratum." }
above_max = { unit = "1", text = "Values above their plausible maximum, kept." }
backwards = { unit = "1", text = "Rows that end before they start, kept; how long they took is unknown. NULL where the table has no ends." }
--- */
SELECT
    p.dataset,
    p.trace,
    p.table_name,
    any_value(p.rows) AS rows,
    any_value(p.rejected) AS rejected,
    max(p.nulls / nullif(p.rows, 0)) FILTER (WHERE p.nulls < p.rows) AS null_ratio_max,
    any_value(p.duplicate_rows) AS duplicate_rows,
    any_value(p.out_of_order) AS out_of_order,
    any_value(p.gap_max_s) AS gap_max_s,
    any_value(r.resolution_us) AS resolution_us,
    any_value(p.dropped) AS dropped,
    CAST(coalesce(sum(p.above_max), 0) AS BIGINT) AS above_max,
    any_value(p.backwards) AS backwards
FROM ingest_profile AS p
LEFT JOIN recording AS r ON p.dataset = r.dataset AND p.trace IS NOT DISTINCT FROM r.trace
WHERE p.dataset = coalesce($dataset, p.dataset)
    AND ($trace IS NULL OR p.trace = $trace)
GROUP BY p.dataset, p.trace, p.table_name
ORDER BY p.dataset, p.trace, p.table_name
