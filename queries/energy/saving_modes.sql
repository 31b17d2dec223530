/* ---
title = "Energy-saving modes"
question = "What do energy-saving modes save at the same load?"
reads = ["power_sample"]
uses = ["energy/_site_readings"]
requires = ["power_sample.energy_index", "power_sample.mode"]
source = "Readings in a mode, weighed by the share of their time for which it was on, against the site's own straight line through its readings without any mode, at the same load; sites of one cell"
key = ["dataset", "trace", "mode"]
chart = { kind = "bar", x = "saved_ratio", y = "mode", color = "trace", sort = "-saved_ratio" }
finding = { pick = "mode = 'none', mode_h < 24, saved_ratio DESC NULLS LAST, mode", text = "Mode {mode} goes with {saved_ratio:.1%} less energy than the same sites take without it at the same load, over {mode_h} h of it in {compared} readings." }

[params.min_samples]
type = "BIGINT"
default = 24
unit = "1"
text = "Least readings without a mode that a site's line needs."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
mode = { unit = "name", text = "Energy-saving mode, or modes that were on in the same reading; none where no mode was on." }
sites = { unit = "1", text = "Sites of one cell that used it." }
samples = { unit = "1", text = "Readings in the mode, however short the share of the hour." }
mean_load_ratio = { unit = "ratio", text = "Mean load in the mode; a reading weighs as much as the share of its time for which the mode was on. Over the compared readings, or all where there are none." }
mean_index = { unit = "1", text = "Mean reading in the mode, weighed in the same way." }
expected_index = { unit = "1", text = "Mean of what the sites' lines say at the same load, weighed in the same way." }
saved_ratio = { unit = "ratio", text = "What the mode saves of that; negative where it costs." }
compared = { unit = "1", text = "Readings of sites that have a line of their own." }
mode_h = { unit = "h", text = "Time for which the mode was on in the compared readings: their hours times its share of them." }
saved_whole_ratio = { unit = "ratio", text = "What a mode that is on for the whole of a reading would save, by least squares through nothing saved in no time." }
reason = { unit = "text", text = "Why nothing, or not everything, is compared." }
--- */
WITH paired AS (
    SELECT
        dataset,
        trace,
        site,
        load,
        coalesce(mode, 'none') AS mode,
        -- Where a source does not say for how long, the mode counts for the whole of the reading.
        CASE WHEN mode IS NULL THEN 1 ELSE coalesce(mode_ratio, 1) END AS share,
        reading,
        width_s,
        max(cells) OVER (PARTITION BY dataset, trace, site) AS site_cells
    FROM _energy_site_readings(p_dataset := $dataset, p_trace := $trace)
    WHERE reading IS NOT NULL
),

-- A reading in which a mode was on for however short a time is no reading without it.
lines AS (
    SELECT
        dataset,
        trace,
        site,
        regr_intercept(reading, load) AS intercept,
        regr_slope(reading, load) AS slope,
        count(*) AS readings,
        var_pop(load) > 0 AS is_spread
    FROM paired
    WHERE mode = 'none' AND site_cells = 1
    GROUP BY dataset, trace, site
),

held AS (
    SELECT
        p.*,
        coalesce(l.readings, 0) AS readings,
        coalesce(l.is_spread AND l.readings >= $min_samples, FALSE) AS is_compared,
        CASE WHEN l.is_spread AND l.readings >= $min_samples THEN l.intercept + l.slope * p.load END AS expected
    FROM paired AS p
    LEFT JOIN lines AS l ON p.dataset = l.dataset AND p.trace = l.trace AND p.site = l.site
    WHERE p.site_cells = 1
),

modes AS (
    SELECT
        dataset,
        trace,
        mode,
        count(DISTINCT site) AS sites,
        count(*) AS samples,
        count(*) FILTER (WHERE is_compared) AS compared,
        max(readings) AS readings,
        sum(share * load) AS every_load,
        sum(share * reading) AS every_reading,
        sum(share) AS every_share,
        sum(share * load) FILTER (WHERE is_compared) AS load,
        sum(share * reading) FILTER (WHERE is_compared) AS reading,
        sum(share * expected) FILTER (WHERE is_compared) AS expected,
        sum(share) FILTER (WHERE is_compared) AS share,
        sum(share * expected * (expected - reading)) FILTER (WHERE is_compared) AS saved,
        sum((share * expected) ** 2) FILTER (WHERE is_compared) AS could_be,
        sum(share * width_s) FILTER (WHERE is_compared) / 3600 AS mode_h
    FROM held
    GROUP BY dataset, trace, mode
)

SELECT
    dataset,
    trace,
    mode,
    sites,
    samples,
    coalesce(load / nullif(share, 0), every_load / nullif(every_share, 0)) AS mean_load_ratio,
    coalesce(reading / nullif(share, 0), every_reading / nullif(every_share, 0)) AS mean_index,
    expected / nullif(share, 0) AS expected_index,
    round(1 - reading / nullif(expected, 0), 9) + 0 AS saved_ratio,
    compared,
    coalesce(mode_h, CASE WHEN compared = 0 THEN 0 END) AS mode_h,
    round(saved / nullif(could_be, 0), 9) + 0 AS saved_whole_ratio,
    CASE
        WHEN compared = samples THEN NULL
        WHEN compared > 0
            THEN concat(
                samples - compared, ' readings are of sites without a line of their own: fewer than ', $min_samples,
                ' readings without a mode, or all at one load'
            )
        WHEN readings = 0 THEN 'no reading of these sites is without a mode: there is nothing to compare with'
        ELSE concat('these sites have at most ', readings, ' readings without a mode, or all at one load; a line needs ', $min_samples)
    END AS reason
FROM modes
ORDER BY dataset, trace, mode
