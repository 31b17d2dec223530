/* ---
title = "Fragment rate of virtual machine placement"
question = "How much of the free CPU lies in pieces too small for a machine of the usual size?"
reads = ["machine", "placement"]
requires = ["machine.cpus", "machine.numa_nodes", "placement.numa_node"]
source = "VMR2L, get_fragment_rate: free cores less what whole units of 16 cores take on each NUMA node, over free cores; machines of the pool inactive are left out, as the release leaves out those that are not ACTIVE"
key = ["dataset", "trace"]
chart = { kind = "bar", x = "fragment_ratio", y = "trace", color = "dataset" }
finding = { pick = "fragment_ratio DESC NULLS LAST", text = "In {dataset}/{trace} {fragment_ratio:.1%} of {cpus_free} free cores on {active} active machines are of no use to a machine of {unit_cpus} cores on one NUMA node." }
n = { column = "placements" }

[params.unit_cpus]
type = "DOUBLE"
default = 16
unit = "cores"
text = "Cores of the machine that must fit on one NUMA node."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
unit_cpus = { unit = "cores", text = "Cores that must fit." }
machines = { unit = "1", text = "Machines." }
active = { unit = "1", text = "Machines that are not in the pool inactive." }
placements = { unit = "1", text = "Virtual machines placed." }
cpus_free = { unit = "cores", text = "Free cores of the active machines." }
used_ratio = { unit = "ratio", text = "Share of the active machines' cores that is taken." }
fragment_ratio = { unit = "ratio", text = "Share of the free cores that no unit fits into." }
full_ratio = { unit = "ratio", text = "Share of all machines with more than 80 % of the cores taken." }
small_ratio = { unit = "ratio", text = "Share of virtual machines that ask for no more than the unit." }
--- */
WITH placed AS (
    SELECT dataset, trace, job_id, machine_id, numa_node, cpus
    FROM placement
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
        AND machine_id IS NOT NULL
        AND cpus IS NOT NULL
),

traces AS (
    SELECT DISTINCT dataset, trace
    FROM placed
    WHERE numa_node IS NOT NULL
),

machines AS (
    SELECT
        t.dataset,
        t.trace,
        m.machine_id,
        any_value(m.cpus) AS cpus,
        any_value(greatest(coalesce(m.numa_nodes, 1), 1)) AS numa_nodes,
        coalesce(max(m.pool) <> 'inactive', TRUE) AS is_active
    FROM traces AS t
    INNER JOIN machine AS m ON t.dataset = m.dataset AND (t.trace = m.trace OR m.trace IS NULL)
    WHERE m.cpus > 0
    GROUP BY t.dataset, t.trace, m.machine_id
),

-- A piece without a node is spread over all of them.
by_node AS (
    SELECT
        m.dataset,
        m.trace,
        m.machine_id,
        n.node,
        m.is_active,
        m.cpus / m.numa_nodes AS cpus,
        sum(CASE WHEN p.numa_node IS NULL THEN p.cpus / m.numa_nodes WHEN p.numa_node = n.node THEN p.cpus END) AS taken
    FROM machines AS m
    CROSS JOIN (SELECT unnest(range(64)) AS node) AS n
    LEFT JOIN placed AS p ON m.dataset = p.dataset AND m.trace = p.trace AND m.machine_id = p.machine_id
    WHERE n.node < m.numa_nodes
    GROUP BY m.dataset, m.trace, m.machine_id, n.node, m.is_active, m.cpus, m.numa_nodes
),

nodes AS (
    SELECT *, greatest(cpus - coalesce(taken, 0), 0) AS free
    FROM by_node
),

by_machine AS (
    SELECT
        dataset,
        trace,
        machine_id,
        any_value(is_active) AS is_active,
        sum(cpus) AS cpus,
        sum(free) AS free,
        sum(floor(free / $unit_cpus) * $unit_cpus) AS usable
    FROM nodes
    GROUP BY dataset, trace, machine_id
),

requests AS (
    SELECT dataset, trace, count(*) AS placements, count(*) FILTER (WHERE cpus <= $unit_cpus) / count(*) AS small_ratio
    FROM (SELECT dataset, trace, job_id, sum(cpus) AS cpus FROM placed GROUP BY dataset, trace, job_id)
    GROUP BY dataset, trace
)

SELECT
    m.dataset,
    m.trace,
    max($unit_cpus) AS unit_cpus,
    count(*) AS machines,
    count(*) FILTER (WHERE m.is_active) AS active,
    any_value(r.placements) AS placements,
    sum(m.free) FILTER (WHERE m.is_active) AS cpus_free,
    1 - sum(m.free) FILTER (WHERE m.is_active) / sum(m.cpus) FILTER (WHERE m.is_active) AS used_ratio,
    1 - sum(m.usable) FILTER (WHERE m.is_active) / nullif(sum(m.free) FILTER (WHERE m.is_active), 0) AS fragment_ratio,
    count(*) FILTER (WHERE m.free < 0.2 * m.cpus) / count(*) AS full_ratio,
    any_value(r.small_ratio) AS small_ratio
FROM by_machine AS m
INNER JOIN requests AS r ON m.dataset = r.dataset AND m.trace = r.trace
GROUP BY m.dataset, m.trace
ORDER BY m.dataset, m.trace
