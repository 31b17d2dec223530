/* ---
title = "Carbon intensity over time"
question = "When is electricity cleanest?"
reads = ["grid_mix"]
requires = ["grid_mix.carbon_g_per_kwh", "grid_mix.started_us"]
source = "Mean, least and most over the intervals that start in the window; intervals longer than the window say nothing of it"
chart = { kind = "line", x = "window", y = "mean_g_per_kwh", color = "region" }
finding = { pick = "mean_g_per_kwh, region, window", text = "A kilowatt-hour is cleanest in {region}, at {period} {window}: {mean_g_per_kwh} g." }

[params.every]
type = "VARCHAR"
default = "hour"
choices = ["hour", "weekday", "month", "year"]
unit = "name"
text = "Hour of the day, day of the week (0 is Sunday), month of the year, or year."

[params.region]
type = "VARCHAR"
unit = "name"
text = "Only this place: its name, its id or its ISO 3166-1 alpha-3 code."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
region = { unit = "name", text = "Region or country." }
period = { unit = "name", text = "What the window is a part of." }
window = { unit = "1", text = "Hour, weekday, month or year." }
samples = { unit = "1", text = "Intervals in the window." }
mean_g_per_kwh = { unit = "g/kWh", text = "Mean carbon intensity." }
min_g_per_kwh = { unit = "g/kWh", text = "Least carbon intensity." }
max_g_per_kwh = { unit = "g/kWh", text = "Most carbon intensity." }
--- */
WITH chosen AS (
    SELECT
        dataset,
        trace,
        coalesce(region, region_id) AS region,
        carbon_g_per_kwh,
        $every AS period,
        CASE $every
            WHEN 'weekday' THEN dayofweek(started_at)
            WHEN 'month' THEN month(started_at)
            WHEN 'year' THEN year(started_at)
            ELSE hour(started_at)
        END AS in_window
    FROM grid_mix
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
        AND fuel = 'total' AND carbon_g_per_kwh IS NOT NULL AND started_at IS NOT NULL
        AND coalesce(width_s, 0) <= CASE $every WHEN 'weekday' THEN 86400 WHEN 'month' THEN 31 * 86400 WHEN 'year' THEN 366 * 86400 ELSE 3600 END
        AND ($region IS NULL OR lower($region) IN (lower(region), lower(region_id), lower(country_iso3)))
)

SELECT
    dataset,
    trace,
    region,
    period,
    in_window AS "window",
    count(*) AS samples,
    avg(carbon_g_per_kwh) AS mean_g_per_kwh,
    min(carbon_g_per_kwh) AS min_g_per_kwh,
    max(carbon_g_per_kwh) AS max_g_per_kwh
FROM chosen
GROUP BY dataset, trace, region, period, in_window
ORDER BY dataset, trace, region, in_window
