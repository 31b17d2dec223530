/* ---
title = "Energy-saving modes"
question = "What do energy-saving modes save at the same load?"
reads = ["power_sample"]
requires = ["power_sample.energy_index", "power_sample.mode"]
source = "Readings in a mode against the site's own straight line through its readings without any mode, at the same load; sites of one cell"
chart = { kind = "bar", x = "saved_ratio", y = "mode", color = "trace", sort = "-saved_ratio" }
finding = { pick = "mode = 'none', saved_ratio DESC NULLS LAST, mode", text = "Mode {mode} goes with {saved_ratio:.1%} less energy than the same sites take without it at the same load, over {samples} readings of {sites} sites." }

[params.min_samples]
type = "BIGINT"
default = 24
unit = "1"
text = "Least readings without a mode that a site's line needs."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
mode = { unit = "name", text = "Energy-saving mode; none where no mode was on." }
sites = { unit = "1", text = "Sites that used it." }
samples = { unit = "1", text = "Readings in the mode." }
mean_load_ratio = { unit = "ratio", text = "Mean load in the mode." }
mean_index = { unit = "1", text = "Mean reading in the mode." }
expected_index = { unit = "1", text = "Mean of what the sites' lines say at the same load." }
saved_ratio = { unit = "ratio", text = "What the mode saves of that; negative where it costs." }
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
        any_value(load_ratio) AS load,
        coalesce(max(mode), 'none') AS mode,
        count(DISTINCT entity_id) AS cells
    FROM chosen
    WHERE load_ratio IS NOT NULL
    GROUP BY ALL
),

paired AS (
    SELECT l.*, e.energy_index AS reading, max(l.cells) OVER (PARTITION BY l.dataset, l.trace, l.site) AS site_cells
    FROM loads AS l
    INNER JOIN chosen AS e ON l.dataset = e.dataset AND l.trace = e.trace AND l.site = e.entity_id AND l.sampled_us = e.sampled_us
    WHERE e.energy_index IS NOT NULL
),

lines AS (
    SELECT
        dataset,
        trace,
        site,
        regr_intercept(reading, load) AS intercept,
        regr_slope(reading, load) AS slope,
        count(*) AS readings
    FROM paired
    WHERE mode = 'none' AND site_cells = 1
    GROUP BY dataset, trace, site
    HAVING var_pop(load) > 0
)

SELECT
    p.dataset,
    p.trace,
    p.mode,
    count(DISTINCT p.site) AS sites,
    count(*) AS samples,
    avg(p.load) AS mean_load_ratio,
    avg(p.reading) AS mean_index,
    avg(l.intercept + l.slope * p.load) AS expected_index,
    round(1 - avg(p.reading) / nullif(avg(l.intercept + l.slope * p.load), 0), 9) AS saved_ratio
FROM paired AS p
INNER JOIN lines AS l ON p.dataset = l.dataset AND p.trace = l.trace AND p.site = l.site
WHERE p.site_cells = 1 AND l.readings >= $min_samples
GROUP BY p.dataset, p.trace, p.mode
ORDER BY p.dataset, p.trace, p.mode
