SELECT
    source_row,
    1 AS records,
    node,
    sensor,
    reading,
    state,
    last_value(stamp IGNORE NULLS) OVER (PARTITION BY node ORDER BY source_row ROWS UNBOUNDED PRECEDING) AS stamp
FROM dumps
ORDER BY source_row
