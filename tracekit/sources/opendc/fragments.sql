-- A task that stands twice counts once, by its first record. A fragment whose task is missing keeps its place, without an instant.
WITH task AS (
    SELECT
        id,
        arg_min(submission_time, source_row) AS submission_time,
        arg_min(cpu_count, source_row) AS cpu_count,
        arg_min(cpu_capacity, source_row) AS cpu_capacity
    FROM tasks
    GROUP BY id
)

SELECT
    f.source_row,
    1 AS records,
    f.id,
    f.duration,
    f.cpu_usage,
    t.cpu_count,
    t.cpu_capacity,
    -- Of 128 bits, as sums are: what goes beyond an instant is the fault of one record, which the mapping finds.
    t.submission_time + coalesce(sum(f.duration) OVER (
        PARTITION BY f.id
        ORDER BY f.source_row ASC
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), 0) AS started_ms
FROM fragments AS f
LEFT JOIN task AS t ON f.id = t.id
ORDER BY f.source_row ASC
