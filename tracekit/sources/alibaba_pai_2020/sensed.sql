SELECT
    s.source_row,
    1 AS records,
    s.worker_name,
    s.machine,
    s.cpu_usage,
    s.gpu_wrk_util,
    s.avg_mem,
    s.avg_gpu_wrk_mem,
    i.start_time,
    i.end_time
FROM sensors AS s
LEFT JOIN (
    SELECT
        worker_name,
        min(start_time) AS start_time,
        max(end_time) AS end_time
    FROM instances
    GROUP BY worker_name
) AS i ON i.worker_name = s.worker_name
ORDER BY s.source_row
