/* ---
title = "Electricity grids"
question = "How much carbon does a kilowatt-hour carry, by country?"
reads = ["grid_mix"]
requires = ["grid_mix.carbon_g_per_kwh"]
source = "Generation-weighted mean over regions for the row ALL"
key = ["dataset", "trace", "region"]
chart = { kind = "bar", x = "carbon_g_per_kwh", y = "region", color = "dataset", top = 20, sort = "-generation_twh" }
finding = { pick = "region = 'ALL' DESC, generation_twh DESC NULLS LAST", text = "Over all regions of {dataset}/{trace} a kilowatt-hour carries {carbon_g_per_kwh} g of CO2 equivalent, weighted by generation." }

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
region = { unit = "name", text = "Region; ALL is the generation-weighted whole." }
country_iso3 = { unit = "id", text = "ISO 3166-1 alpha-3 code." }
generation_twh = { unit = "TWh", text = "Electricity generated in the year." }
carbon_g_per_kwh = { unit = "g/kWh", text = "Carbon intensity." }
low_carbon_share = { unit = "ratio", text = "Share of nuclear and renewables in the generation." }
--- */
WITH regions AS (
    -- Of a series of intervals: generation in total, carbon and shares on average.
    SELECT
        dataset,
        trace,
        region,
        any_value(country_iso3) AS country_iso3,
        sum(generation_mwh) FILTER (WHERE fuel = 'total') / 1e6 AS generation_twh,
        avg(carbon_g_per_kwh) FILTER (WHERE fuel = 'total') AS carbon_g_per_kwh,
        sum(share_ratio) FILTER (
            WHERE fuel IN ('nuclear', 'hydro', 'solar', 'wind', 'biofuel', 'other_renewable')
        ) / nullif(count(*) FILTER (WHERE fuel = 'total' AND share_ratio IS NOT NULL), 0) AS low_carbon_share
    FROM grid_mix
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
    GROUP BY dataset, trace, region
    -- Shares alone, of which nothing is known but that, are not asked for here.
    HAVING count(generation_mwh) + count(carbon_g_per_kwh) > 0
)

SELECT
    dataset,
    trace,
    region,
    country_iso3,
    generation_twh,
    carbon_g_per_kwh,
    low_carbon_share
FROM (
    SELECT *, 0 AS sort_order
    FROM regions
    UNION ALL
    SELECT
        dataset,
        trace,
        'ALL' AS region,
        NULL AS country_iso3,
        sum(generation_twh) AS generation_twh,
        sum(generation_twh * carbon_g_per_kwh) / sum(generation_twh) FILTER (WHERE carbon_g_per_kwh IS NOT NULL) AS carbon_g_per_kwh,
        sum(generation_twh * low_carbon_share) / sum(generation_twh) FILTER (WHERE low_carbon_share IS NOT NULL) AS low_carbon_share,
        1 AS sort_order
    FROM regions
    GROUP BY dataset, trace
)
ORDER BY dataset, trace, sort_order, region
