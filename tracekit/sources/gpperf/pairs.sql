-- Power and time of one size and tile are one run; the nth record of one file goes with the nth of the other.
WITH watts AS (
    SELECT *, row_number() OVER (PARTITION BY M, N, K, "Tile Size" ORDER BY source_row) AS nth
    FROM power
),

seconds AS (
    SELECT *, row_number() OVER (PARTITION BY M, N, K, "Tile Size" ORDER BY source_row) AS nth
    FROM time
)

SELECT
    least(w.source_row, s.source_row) AS source_row,
    CAST(w.source_row IS NOT NULL AS INTEGER) + CAST(s.source_row IS NOT NULL AS INTEGER) AS records,
    coalesce(w.M, s.M) AS M,
    coalesce(w.N, s.N) AS N,
    coalesce(w.K, s.K) AS K,
    coalesce(w."Tile Size", s."Tile Size") AS "Tile Size",
    w."Average Power Usage (W)",
    s."Execution Time"
FROM watts AS w
FULL JOIN seconds AS s
    ON w.M = s.M AND w.N = s.N AND w.K = s.K AND w."Tile Size" = s."Tile Size" AND w.nth = s.nth
ORDER BY source_row
