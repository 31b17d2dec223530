WITH stays AS (
    SELECT
        *,
        sum(CASE WHEN event_type = 0 THEN 1 ELSE 0 END)
            OVER (PARTITION BY machine_id ORDER BY time, source_row ROWS UNBOUNDED PRECEDING) AS stay
    FROM machine_events
)

SELECT
    min(source_row) AS source_row,
    count(*) AS records,
    machine_id,
    min(CASE WHEN event_type = 0 THEN time END) AS started,
    max(CASE WHEN event_type = 1 THEN time END) AS ended,
    max_by(cpus, (time, source_row)) FILTER (cpus IS NOT NULL) AS cpus,
    max_by(memory, (time, source_row)) FILTER (memory IS NOT NULL) AS memory,
    max_by(platform_id, (time, source_row)) FILTER (platform_id IS NOT NULL) AS platform_id
FROM stays
GROUP BY machine_id, stay
ORDER BY source_row
