/* ---
title = "Energy against load"
question = "How does a base station's energy follow its load?"
reads = ["power_sample"]
uses = ["energy/_site_readings"]
requires = ["power_sample.energy_index", "power_sample.load_ratio"]
source = "Ordinary least squares of a site's reading on the mean load of its cells at the same instant; sites with different numbers of cells are never pooled"
key = ["dataset", "trace", "group_name"]
chart = { kind = "bar", x = "slope", y = "group_name", color = "trace", top = 40, sort = "-samples" }
finding = { pick = "cells, samples DESC, dataset, trace, group_name", text = "Over {samples} readings of {group_name} ({dataset}/{trace}) energy is {intercept} + {slope} × load; the correlation is {corr:.4f}." }
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
group_name = { unit = "name", text = "Site, or the number of cells of the sites." }
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
-- A site has as many cells as it ever reported; an instant at which one is missing is left out.
WITH paired AS (
    SELECT
        dataset,
        trace,
        site,
        site_cells AS cells,
        mean_load AS load,
        reading,
        CASE WHEN $level = 'entity' THEN site WHEN site_cells = 1 THEN 'sites of 1 cell' ELSE 'sites of ' || site_cells || ' cells' END AS group_name
    FROM _energy_site_readings(p_dataset := $dataset, p_trace := $trace)
    WHERE reading IS NOT NULL AND cells = site_cells
)

SELECT
    dataset,
    trace,
    group_name AS group_name,
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
GROUP BY dataset, trace, group_name, cells
ORDER BY dataset, trace, cells, group_name
