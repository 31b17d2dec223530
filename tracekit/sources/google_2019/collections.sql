WITH events AS (
    SELECT
        source_row,
        time AS at_us,
        type AS kind,
        collection_id AS collection,
        collection_type,
        priority,
        "user" AS user_id,
        collection_name
    FROM collection_events
),

asked AS (
    SELECT
        collection,
        count(*) AS instances,
        -- In one order: the last digit of a sum hangs on it, and threads have none.
        sum(cpus ORDER BY instance) AS cpus,
        sum(memory ORDER BY instance) AS memory
    FROM (
        SELECT
            collection_id AS collection,
            instance_index AS instance,
            max("resource_request.cpus") AS cpus,
            max("resource_request.memory") AS memory
        FROM instance_events
        GROUP BY collection_id, instance_index
    )
    GROUP BY collection
)

SELECT
    min(e.source_row) AS source_row,
    count(*) AS records,
    e.collection,
    min(CASE WHEN e.kind IN ('0', 'SUBMIT') THEN e.at_us END) AS submitted,
    min(CASE WHEN e.kind IN ('3', 'SCHEDULE') THEN e.at_us END) AS started,
    max(CASE WHEN e.kind IN ('4', '5', '6', '7', '8', 'EVICT', 'FAIL', 'FINISH', 'KILL', 'LOST') THEN e.at_us END) AS ended,
    count(CASE WHEN e.kind IN ('3', 'SCHEDULE') THEN 1 END) AS attempts,
    max_by(e.kind, (e.at_us, e.source_row)) AS last_event,
    min(e.collection_type) AS collection_type,
    min(e.priority) AS priority,
    min(e.user_id) AS user_id,
    min(e.collection_name) AS collection_name,
    min(a.instances) AS instances,
    min(a.cpus) AS cpus,
    min(a.memory) AS memory
FROM events AS e
LEFT JOIN asked AS a ON a.collection = e.collection
GROUP BY e.collection
ORDER BY source_row
