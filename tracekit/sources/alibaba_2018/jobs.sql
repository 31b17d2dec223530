SELECT
    min(source_row) AS source_row,
    count(*) AS records,
    job_name,
    -- 0 is at or before the start of the trace.
    min(nullif(start_time, 0)) AS started,
    CASE WHEN count(CASE WHEN status NOT IN ('Terminated', 'Failed', 'Cancelled') THEN 1 END) = 0 THEN max(nullif(end_time, 0)) END AS ended,
    bool_or(start_time <= 0 AND status NOT IN ('Waiting', 'Ready')) AS was_there,
    sum(instance_num) AS instances,
    -- In one order: the last digit of a sum hangs on it, and threads have none.
    sum(instance_num * plan_cpu ORDER BY source_row) AS cpu_percent,
    sum(instance_num * plan_mem ORDER BY source_row) AS memory,
    CASE
        WHEN count(CASE WHEN status = 'Running' THEN 1 END) > 0 THEN 'Running'
        WHEN count(CASE WHEN status = 'Waiting' THEN 1 END) > 0 THEN 'Waiting'
        WHEN count(CASE WHEN status = 'Failed' THEN 1 END) > 0 THEN 'Failed'
        WHEN count(CASE WHEN status = 'Cancelled' THEN 1 END) > 0 THEN 'Cancelled'
        ELSE min(status)
    END AS status
FROM batch_task
GROUP BY job_name
ORDER BY source_row
