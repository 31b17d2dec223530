WITH of_tasks AS (
    SELECT
        job_name,
        min(source_row) AS source_row,
        count(*) AS records,
        min(start_time) AS first_start,
        sum(inst_num) AS instances,
        -- In one order: the last digit of a sum hangs on it, and threads have none.
        sum(inst_num * plan_cpu ORDER BY source_row) AS cpu_percent,
        sum(inst_num * plan_mem ORDER BY source_row) AS memory_gb,
        sum(inst_num * plan_gpu ORDER BY source_row) AS gpu_percent,
        string_agg(DISTINCT gpu_type, '|' ORDER BY gpu_type) AS gpu_type
    FROM tasks
    GROUP BY job_name
),

of_groups AS (
    SELECT
        inst_id,
        min("group") AS "group",
        min(workload) AS workload
    FROM groups
    GROUP BY inst_id
),

of_jobs AS (
    SELECT
        job_name,
        min(source_row) AS source_row,
        count(*) AS records,
        min(inst_id) AS inst_id,
        min("user") AS user_id,
        min(status) AS status,
        min(start_time) AS submitted,
        max(end_time) AS ended
    FROM jobs
    GROUP BY job_name
)

SELECT
    coalesce(j.source_row, t.source_row) AS source_row,
    coalesce(j.records, 0) + coalesce(t.records, 0) AS records,
    coalesce(j.job_name, t.job_name) AS job_name,
    j.user_id,
    j.status,
    j.submitted,
    j.ended,
    t.first_start,
    t.instances,
    t.cpu_percent,
    t.memory_gb,
    t.gpu_percent,
    t.gpu_type,
    g."group" AS group_id,
    g.workload
FROM of_jobs AS j
FULL JOIN of_tasks AS t ON t.job_name = j.job_name
LEFT JOIN of_groups AS g ON g.inst_id = j.inst_id
ORDER BY source_row
