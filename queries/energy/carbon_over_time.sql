/* ---
title = "Carbon intensity over time"
question = "When is electricity cleanest?"
reads = ["grid_mix"]
requires = ["grid_mix.carbon_g_per_kwh", "grid_mix.started_us"]
source = "Mean, least and most over the intervals that start in the part; intervals that are longer say nothing of it and stand by year"
key = ["dataset", "trace", "region", "period", "part"]
chart = { kind = "line", x = "part", y = "mean_g_per_kwh", color = "region" }
finding = { pick = "mean_g_per_kwh, region, part", text = "A kilowatt-hour is cleanest in {region}, at {period} {part}: {mean_g_per_kwh} g." }

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
known = "SELECT unnest([region, region_id, country_iso3]) FROM grid_mix WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)"

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
region = { unit = "name", text = "Region or country." }
period = { unit = "name", text = "What the part is one of; year where the source's intervals are longer than asked for." }
part = { unit = "1", text = "Hour of the day, weekday, month or year." }
samples = { unit = "1", text = "Intervals that start in it." }
mean_g_per_kwh = { unit = "g/kWh", text = "Mean carbon intensity." }
min_g_per_kwh = { unit = "g/kWh", text = "Least carbon intensity." }
max_g_per_kwh = { unit = "g/kWh", text = "Most carbon intensity." }
--- */
WITH samples AS (
    SELECT
        dataset,
        trace,
        coalesce(region, region_id) AS region,
        carbon_g_per_kwh,
        started_at,
        CASE
            WHEN coalesce(width_s, 0) <= CASE $every WHEN 'weekday' THEN 86400 WHEN 'month' THEN 31 * 86400 WHEN 'hour' THEN 3600 ELSE 0 END
                THEN $every
            ELSE 'year'
        END AS period
    FROM grid_mix
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
        AND fuel = 'total' AND carbon_g_per_kwh IS NOT NULL AND started_at IS NOT NULL
        AND ($region IS NULL OR lower($region) IN (lower(region), lower(region_id), lower(country_iso3)))
),

chosen AS (
    SELECT
        *,
        CASE period
            WHEN 'weekday' THEN dayofweek(started_at)
            WHEN 'month' THEN month(started_at)
            WHEN 'hour' THEN hour(started_at)
            ELSE year(started_at)
        END AS part
    FROM samples
)

SELECT
    dataset,
    trace,
    region,
    period,
    part,
    count(*) AS samples,
    avg(carbon_g_per_kwh) AS mean_g_per_kwh,
    min(carbon_g_per_kwh) AS min_g_per_kwh,
    max(carbon_g_per_kwh) AS max_g_per_kwh
FROM chosen
GROUP BY dataset, trace, region, period, part
ORDER BY dataset, trace, region, period, part
