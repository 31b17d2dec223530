/* ---
title = "Readings of sites and the load of their cells"
question = "How loaded are a site's cells when its meter is read?"
reads = ["power_sample"]
source = "docs/definitions.md"

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
site = { unit = "id", text = "Site: the parent of the cells, or a cell that has none." }
sampled_us = { unit = "us", text = "Instant of the reading." }
mean_load = { unit = "ratio", text = "Mean load of the cells that report." }
load = { unit = "ratio", text = "Load of a cell; of one that is alone, the load." }
mode = { unit = "name", text = "Saving mode; NULL where none is on." }
mode_ratio = { unit = "ratio", text = "Share of the reading's time for which the mode is on, where it is published." }
cells = { unit = "1", text = "Cells that report at the instant." }
site_cells = { unit = "1", text = "Most cells that ever report." }
reading = { unit = "1", text = "Reading of the site's meter; NULL where there is none." }
width_s = { unit = "s", text = "Time that the reading is for." }
--- */
WITH chosen AS (
    SELECT *
    FROM power_sample
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
),

loads AS (
    SELECT
        dataset,
        trace,
        coalesce(parent_id, entity_id) AS site,
        sampled_us,
        avg(load_ratio) AS mean_load,
        any_value(load_ratio) AS load,
        max(mode) AS mode,
        max(mode_ratio) AS mode_ratio,
        count(DISTINCT entity_id) AS cells
    FROM chosen
    WHERE load_ratio IS NOT NULL
    GROUP BY dataset, trace, site, sampled_us
)

SELECT
    l.dataset,
    l.trace,
    l.site,
    l.sampled_us,
    l.mean_load,
    l.load,
    l.mode,
    l.mode_ratio,
    l.cells,
    max(l.cells) OVER (PARTITION BY l.dataset, l.trace, l.site) AS site_cells,
    e.energy_index AS reading,
    e.width_s
FROM loads AS l
LEFT JOIN chosen AS e
    ON
        l.dataset = e.dataset AND l.trace = e.trace AND l.site = e.entity_id AND l.sampled_us = e.sampled_us
        AND e.energy_index IS NOT NULL
