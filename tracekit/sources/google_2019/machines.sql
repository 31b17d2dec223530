WITH events AS (
    SELECT
        source_row,
        time AS at_us,
        type AS kind,
        machine_id AS machine,
        "capacity.cpus" AS cpus,
        "capacity.memory" AS memory,
        platform_id
    FROM machine_events
),

stays AS (
    SELECT
        *,
        sum(CASE WHEN kind IN ('1', 'ADD') THEN 1 ELSE 0 END) OVER (PARTITION BY machine ORDER BY at_us, source_row ROWS UNBOUNDED PRECEDING) AS stay
    FROM events
)

SELECT
    min(source_row) AS source_row,
    count(*) AS records,
    machine,
    min(CASE WHEN kind IN ('1', 'ADD') THEN at_us END) AS started,
    max(CASE WHEN kind IN ('2', 'REMOVE') THEN at_us END) AS ended,
    max_by(cpus, (at_us, source_row)) FILTER (cpus IS NOT NULL) AS cpus,
    max_by(memory, (at_us, source_row)) FILTER (memory IS NOT NULL) AS memory,
    max_by(platform_id, (at_us, source_row)) FILTER (platform_id IS NOT NULL) AS platform_id
FROM stays
GROUP BY machine, stay
ORDER BY source_row
