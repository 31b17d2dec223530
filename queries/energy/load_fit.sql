/* ---
title = "Energy against load"
question = "How does a base station's energy follow its load?"
reads = ["power_sample"]
requires = ["power_sample.energy_index", "power_sample.load_ratio"]
source = "Ordinary least squares of a site's reading on the mean load of its cells at the same instant; sites with different numbers of cells are never pooled"
key = ["dataset", "trace", "grp"]
chart = { kind = "bar", x = "slope", y = "grp", color = "trace", top = 40, sort = "-samples" }
finding = { pick = "cells, samples DESC, dataset, trace, grp", text = "Over {samples} readings of {grp} ({dataset}/{trace}) energy is {intercept} + {slope} × load; the correlation is {corr:.4f}." }
n = { column = "samples" }

[params.level]
type = "VARCHAR"
default = "trace"
choices = ["trace", "entity"]
unit = "name"
text = "One fit over all sites with the same number of cells, or one per site."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
grp = { unit = "name", text = "Site, or the number of cells of the sites." }
cells = { unit = "1", text = "Cells per site." }
sites = { unit = "1", text = "Sites." }
samples = { unit = "1", text = "Readings with the load of every cell." }
corr = { unit = "1", text = "Pearson correlation of reading and load." }
intercept = { unit = "1", text = "Reading without load, by the fit." }
slope = { unit = "1", text = "Rise from no load to full load." }
r2 = { unit = "1", text = "Share of the variance that load explains." }
mean_load_ratio = { unit = "ratio", text = "Mean load." }
mean_index = { unit = "1", text = "Mean reading." }
idle_share = { unit = "ratio", text = "Part of the mean reading that is there without load, by the fit." }
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
        avg(load_ratio) AS load,
        count(DISTINCT entity_id) AS cells
    FROM chosen
    WHERE load_ratio IS NOT NULL
    GROUP BY ALL
),

-- A site has as many cells as it ever reported; an instant at which one is missing is left out.
sites AS (
    SELECT *, max(cells) OVER (PARTITION BY dataset, trace, site) AS site_cells
    FROM loads
),

paired AS (
    SELECT
        l.dataset,
        l.trace,
        l.site,
        l.site_cells AS cells,
        l.load,
        e.energy_index AS reading,
        CASE WHEN $level = 'entity' THEN l.site WHEN l.site_cells = 1 THEN 'sites of 1 cell' ELSE 'sites of ' || l.site_cells || ' cells' END AS grp
    FROM sites AS l
    INNER JOIN chosen AS e ON l.dataset = e.dataset AND l.trace = e.trace AND l.site = e.entity_id AND l.sampled_us = e.sampled_us
    WHERE e.energy_index IS NOT NULL AND l.cells = l.site_cells
)

SELECT
    dataset,
    trace,
    grp,
    cells,
    count(DISTINCT site) AS sites,
    count(*) AS samples,
    corr(reading, load) AS corr,
    regr_intercept(reading, load) AS intercept,
    regr_slope(reading, load) AS slope,
    regr_r2(reading, load) AS r2,
    avg(load) AS mean_load_ratio,
    avg(reading) AS mean_index,
    regr_intercept(reading, load) / nullif(avg(reading), 0) AS idle_share
FROM paired
GROUP BY dataset, trace, grp, cells
ORDER BY dataset, trace, cells, grp
