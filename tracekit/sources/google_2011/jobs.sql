WITH tasks AS (
    SELECT
        job_id,
        task_index,
        min(source_row) AS source_row,
        count(*) AS records,
        min(CASE WHEN event_type = 0 THEN time END) AS submitted,
        min(CASE WHEN event_type = 1 THEN time END) AS started,
        max(CASE WHEN event_type IN (2, 3, 4, 5, 6) THEN time END) AS ended,
        count(CASE WHEN event_type = 1 THEN 1 END) AS attempts,
        max_by(event_type, (time, source_row)) AS last_event,
        max_by("user", (time, source_row)) AS user_id,
        max_by(scheduling_class, (time, source_row)) AS scheduling_class,
        max_by(priority, (time, source_row)) AS priority,
        max(cpu_request) AS cpu_request,
        max(memory_request) AS memory_request
    FROM task_events
    GROUP BY job_id, task_index
)

SELECT
    min(source_row) AS source_row,
    CAST(sum(records) AS BIGINT) AS records,
    job_id,
    min(submitted) AS submitted,
    min(started) AS started,
    CASE WHEN count(CASE WHEN last_event NOT IN (2, 3, 4, 5, 6) THEN 1 END) = 0 THEN max(ended) END AS ended,
    max(attempts) AS attempts,
    count(*) AS tasks,
    -- The worst that happened to a task is what happened to the job; one that still runs or waits makes it run or wait.
    CASE
        WHEN count(CASE WHEN last_event NOT IN (2, 3, 4, 5, 6) AND started IS NOT NULL THEN 1 END) > 0 THEN 1
        WHEN count(CASE WHEN last_event NOT IN (2, 3, 4, 5, 6) THEN 1 END) > 0 THEN 0
        WHEN count(CASE WHEN last_event IN (3, 6) THEN 1 END) > 0 THEN 3
        WHEN count(CASE WHEN last_event = 5 THEN 1 END) > 0 THEN 5
        WHEN count(CASE WHEN last_event = 2 THEN 1 END) > 0 THEN 2
        ELSE 4
    END AS last_event,
    min(user_id) AS user_id,
    min(scheduling_class) AS scheduling_class,
    min(priority) AS priority,
    -- In one order: the last digit of a sum hangs on it, and threads have none.
    sum(cpu_request ORDER BY task_index) AS cpu_request,
    sum(memory_request ORDER BY task_index) AS memory_request
FROM tasks
GROUP BY job_id
ORDER BY source_row
