WITH numbered AS (
    SELECT
        *,
        sum(CASE WHEN event_type = 0 OR (event_type = 1 AND before IS DISTINCT FROM 0) THEN 1 ELSE 0 END)
            OVER (PARTITION BY job_id, task_index ORDER BY time, source_row ROWS UNBOUNDED PRECEDING) AS attempt
    FROM (
        SELECT
            *,
            lag(event_type) OVER (PARTITION BY job_id, task_index ORDER BY time, source_row) AS before
        FROM task_events
    )
)

SELECT
    min(source_row) AS source_row,
    count(*) AS records,
    job_id,
    task_index,
    attempt,
    min(CASE WHEN event_type = 1 THEN time END) AS started,
    max(CASE WHEN event_type IN (2, 3, 4, 5, 6) THEN time END) AS ended,
    max_by(event_type, (time, source_row)) AS last_event,
    max_by(machine_id, (time, source_row)) FILTER (machine_id IS NOT NULL) AS machine_id
FROM numbered
GROUP BY job_id, task_index, attempt
ORDER BY source_row
