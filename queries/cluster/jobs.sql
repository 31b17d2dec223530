/* ---
title = "Jobs by group"
question = "Which group does each job fall into, and how long did it run?"
reads = ["cluster_job"]
source = "Running time is ended - started, the published duration where an instant is unknown or the end comes first"
key = ["dataset", "trace", "source_row"]
chart = { kind = "table" }
finding = { pick = "run_s DESC NULLS LAST, source_row", text = "The longest job of {dataset}/{trace} ran for {run_s} s." }

[params.by]
type = "VARCHAR"
default = "gpus"
choices = ["none", "gpus", "cpus", "nodes", "user", "queue", "gpu_model", "job_type", "priority", "status"]
unit = "name"
text = "What groups the jobs; sizes are grouped by powers of two, traces that do not publish it are left out."

[params.hardware]
type = "VARCHAR"
default = "all"
choices = ["all", "gpu", "cpu"]
unit = "name"
text = "Take jobs with GPUs, jobs without, or all."

[params.top]
type = "BIGINT"
default = 20
unit = "1"
text = "Groups by word to show, those with the most GPU-hours, then core-hours, then jobs; the rest are one group, (others)."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
group_name = { unit = "name", text = "The group: a range of sizes or a word; NULL where the job has none." }
rank = { unit = "1", text = "Order of the groups: by size, or by GPU-hours, core-hours and jobs; NULL for jobs without a group." }
source_row = { unit = "1", text = "The job's record." }
status = { unit = "name", text = "Outcome, one list of words over all sources." }
submitted_us = { unit = "us", text = "Instant at which the job was submitted." }
started_us = { unit = "us", text = "Instant at which it started." }
ended_us = { unit = "us", text = "Instant at which it ended." }
run_s = { unit = "s", text = "Running time." }
gpus = { unit = "GPUs", text = "GPUs in total." }
cpus = { unit = "cores", text = "CPU cores in total." }
gpu_hours = { unit = "GPU-h", text = "GPUs times running time; zero where either is unknown." }
core_hours = { unit = "core-h", text = "Cores times running time; zero where either is unknown." }
attempts = { unit = "1", text = "Times the job was started." }
is_left_censored = { unit = "bool", text = "Whether it was there before the recording began." }
is_right_censored = { unit = "bool", text = "Whether it was still there when the recording ended." }
cpu_ratio_mean = { unit = "ratio", text = "Mean CPU use." }
cpu_ratio_p95 = { unit = "ratio", text = "95th percentile of CPU use." }
cpu_ratio_max = { unit = "ratio", text = "Largest CPU use." }
--- */
WITH timed AS (
    SELECT *, ran_s AS seconds
    FROM cluster_job
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
        AND ($hardware = 'all' OR ($hardware = 'gpu' AND gpus > 0) OR ($hardware = 'cpu' AND coalesce(gpus, 0) = 0))
),

chosen AS (
    SELECT
        *,
        CASE $by WHEN 'gpus' THEN gpus WHEN 'cpus' THEN cpus WHEN 'nodes' THEN CAST(nodes AS DOUBLE) END AS size,
        CASE $by
            WHEN 'none' THEN 'all jobs'
            WHEN 'user' THEN user_id
            WHEN 'queue' THEN queue
            WHEN 'gpu_model' THEN gpu_model
            WHEN 'job_type' THEN job_type
            WHEN 'priority' THEN priority
            WHEN 'status' THEN status
        END AS word,
        coalesce(gpus, 0) * coalesce(seconds, 0) / 3600 AS gpu_hours,
        coalesce(cpus, 0) * coalesce(seconds, 0) / 3600 AS core_hours
    FROM timed
),

words AS (
    SELECT dataset, trace, word, row_number() OVER (PARTITION BY dataset, trace ORDER BY gpu_hours DESC, core_hours DESC, jobs DESC, word) AS rank
    FROM (
        -- Rounded: the sum's last digits differ from run to run and would change the order of equals.
        SELECT dataset, trace, word, round(sum(gpu_hours), 6) AS gpu_hours, round(sum(core_hours), 6) AS core_hours, count(*) AS jobs
        FROM chosen
        WHERE word IS NOT NULL
        GROUP BY dataset, trace, word
    )
),

published AS (
    SELECT dataset, trace
    FROM chosen
    GROUP BY dataset, trace
    HAVING count(size) + count(word) > 0
),

-- Zero, a part of one, then [1, 2), [2, 4), [4, 8) …
sized AS (
    SELECT *, CASE WHEN size <= 0 THEN 0 WHEN size < 1 THEN 1 ELSE 2 + CAST(floor(log2(size)) AS BIGINT) END AS step
    FROM chosen
)

SELECT
    c.dataset,
    c.trace,
    CASE
        WHEN w.rank > $top THEN '(others)'
        WHEN w.rank IS NOT NULL THEN c.word
        WHEN c.step = 0 THEN '0'
        WHEN c.step = 1 THEN '< 1'
        WHEN c.step = 2 THEN '1'
        WHEN c.step > 2 THEN CAST(CAST(2 ** (c.step - 2) AS BIGINT) AS VARCHAR) || ' to ' || CAST(CAST(2 ** (c.step - 1) - 1 AS BIGINT) AS VARCHAR)
    END AS group_name,
    CASE WHEN w.rank IS NULL THEN c.step ELSE least(w.rank, $top + 1) END AS rank,
    c.source_row,
    c.status,
    c.submitted_us,
    c.started_us,
    c.ended_us,
    c.seconds AS run_s,
    c.gpus,
    c.cpus,
    c.gpu_hours,
    c.core_hours,
    c.attempts,
    c.is_left_censored,
    c.is_right_censored,
    c.cpu_ratio_mean,
    c.cpu_ratio_p95,
    c.cpu_ratio_max
FROM sized AS c
INNER JOIN published AS p ON c.dataset = p.dataset AND c.trace = p.trace
LEFT JOIN words AS w ON c.dataset = w.dataset AND c.trace = w.trace AND c.word = w.word
ORDER BY c.dataset, c.trace, c.source_row
