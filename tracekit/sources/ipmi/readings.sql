SELECT
    source_row,
    1 AS records,
    node,
    sensor,
    reading,
    state,
    -- A stamp that says nothing ends the dump before it as well: no reading takes an older one.
    last_value(CASE WHEN sensor IS NULL THEN coalesce(stamp, '') END IGNORE NULLS) OVER (PARTITION BY node ORDER BY source_row ROWS UNBOUNDED PRECEDING) AS stamp
FROM dumps
ORDER BY source_row
