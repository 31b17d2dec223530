WITH events AS (
    SELECT
        source_row,
        time AS at_us,
        type AS kind,
        collection_id AS collection,
        coalesce(instance_index, 0) AS instance,
        nullif(machine_id, 0) AS machine
    FROM instance_events
),

numbered AS (
    SELECT
        *,
        sum(CASE WHEN kind IN ('0', 'SUBMIT') OR (kind IN ('3', 'SCHEDULE') AND before NOT IN ('0', 'SUBMIT', '1', 'QUEUE', '2', 'ENABLE')) THEN 1 ELSE 0 END)
            OVER (PARTITION BY collection, instance ORDER BY at_us, source_row ROWS UNBOUNDED PRECEDING) AS attempt
    FROM (
        SELECT
            *,
            coalesce(lag(kind) OVER (PARTITION BY collection, instance ORDER BY at_us, source_row), '') AS before
        FROM events
    )
)

SELECT
    min(source_row) AS source_row,
    count(*) AS records,
    collection,
    instance,
    attempt,
    min(CASE WHEN kind IN ('3', 'SCHEDULE') THEN at_us END) AS started,
    max(CASE WHEN kind IN ('4', '5', '6', '7', '8', 'EVICT', 'FAIL', 'FINISH', 'KILL', 'LOST') THEN at_us END) AS ended,
    max_by(kind, (at_us, source_row)) AS last_event,
    max_by(machine, (at_us, source_row)) FILTER (machine IS NOT NULL) AS machine
FROM numbered
GROUP BY collection, instance, attempt
ORDER BY source_row
