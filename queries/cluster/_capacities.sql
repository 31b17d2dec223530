/* ---
title = "Capacity of a group of machines"
question = "How many GPUs and CPUs do the machines of a group have?"
reads = ["cluster_job", "machine"]
source = "docs/definitions.md"

[params.by]
type = "VARCHAR"
default = "none"
choices = ["none", "gpu_model"]
unit = "name"
text = "What to group by."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
group_name = { unit = "name", text = "GPU model that jobs ask for, or all." }
resource = { unit = "name", text = "gpus or cpus." }
capacity = { unit = "1", text = "Sum over the machines of the group; NULL where none publishes it." }
--- */
-- Machines without a trace hold for every trace.
WITH groups AS (
    SELECT DISTINCT dataset, trace, CASE WHEN $by = 'gpu_model' THEN gpu_model ELSE 'all' END AS group_name
    FROM cluster_job
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
)

SELECT
    g.dataset,
    g.trace,
    g.group_name,
    r.resource,
    sum(CASE r.resource WHEN 'gpus' THEN m.gpus WHEN 'cpus' THEN m.cpus END) AS capacity
FROM groups AS g
INNER JOIN machine AS m
    ON g.dataset = m.dataset AND (g.trace = m.trace OR m.trace IS NULL) AND (g.group_name = 'all' OR g.group_name = m.gpu_model)
CROSS JOIN (SELECT unnest(['gpus', 'cpus']) AS resource) AS r
GROUP BY g.dataset, g.trace, g.group_name, r.resource
