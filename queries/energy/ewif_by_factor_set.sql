/* ---
title = "Water of electricity under each factor table"
question = "How much water does a country's electricity take, by whose factors?"
reads = ["grid_mix", "factor"]
requires = ["grid_mix.share_ratio"]
source = "Shumba et al., arXiv:2412.03716, equation 4: factors weighted by the shares of the fuels that the table has; figures for a whole country as they stand"
key = ["dataset", "trace", "region_id", "factor_set"]
chart = { kind = "bar", x = "ewif_l_per_kwh", y = "region", color = "factor_set", top = 60, sort = "-generation_mwh" }
finding = { pick = "ewif_l_per_kwh DESC NULLS LAST, region, factor_set", text = "The most is {ewif_l_per_kwh} L per kWh in {region}, by the factors of {factor_set}, which cover {covered_ratio:.1%} of its generation." }

[params.factor_set]
type = "VARCHAR"
unit = "name"
text = "Only this factor set."
known = "SELECT unnest([factor_set, concat_ws(' ', factor_set, version)]) FROM factor"

[params.min_covered_ratio]
type = "DOUBLE"
default = 0.9
unit = "ratio"
text = "Least share of the generation that a table must have factors for; below it the water is unknown."

[columns]
dataset = { unit = "id", text = "Source id of the mix." }
trace = { unit = "id", text = "One continuous recording on one clock." }
region = { unit = "name", text = "Region or country." }
country_iso3 = { unit = "id", text = "ISO 3166-1 alpha-3 code." }
factor_set = { unit = "name", text = "Publication of the factors, with its version." }
ewif_l_per_kwh = { unit = "L/kWh", text = "Water per kWh generated; unknown where the table covers too little of the mix." }
covered_ratio = { unit = "ratio", text = "Share of the generation whose fuels the table has." }
generation_mwh = { unit = "MWh", text = "Electricity generated, where the mix says so." }
region_id = { unit = "id", text = "Region, as the source keys it." }
--- */
WITH mix AS (
    -- Geothermal and biomass are what mixes call other renewables and biofuel.
    SELECT
        dataset,
        trace,
        region_id,
        min(region) AS region,
        min(country_iso3) AS country_iso3,
        CASE fuel WHEN 'biomass' THEN 'biofuel' WHEN 'geothermal' THEN 'other_renewable' ELSE fuel END AS fuel,
        avg(share_ratio) AS share,
        sum(generation_mwh) AS generation_mwh
    FROM grid_mix
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
        AND fuel <> 'total' AND share_ratio IS NOT NULL
    GROUP BY ALL
),

-- Of several technologies of a fuel the one without a name stands for the fuel, else their median.
tables_of_factors AS (
    SELECT
        concat_ws(' ', factor_set, version) AS factor_set,
        CASE fuel WHEN 'biomass' THEN 'biofuel' WHEN 'geothermal' THEN 'other_renewable' ELSE fuel END AS fuel,
        coalesce(
            median(ewif_l_per_kwh) FILTER (WHERE technology IS NULL),
            median(ewif_l_per_kwh)
        ) AS ewif
    FROM factor
    WHERE ewif_l_per_kwh IS NOT NULL AND fuel <> 'total'
        AND ($factor_set IS NULL OR $factor_set IN (factor_set, concat_ws(' ', factor_set, version)))
    GROUP BY ALL
),

-- A figure for a country's whole electricity stands for that country alone, and not for a region of it.
totals AS (
    SELECT concat_ws(' ', factor_set, version, technology) AS factor_set, scope, avg(ewif_l_per_kwh) AS ewif
    FROM factor
    WHERE ewif_l_per_kwh IS NOT NULL AND fuel = 'total'
        AND ($factor_set IS NULL OR $factor_set IN (factor_set, concat_ws(' ', factor_set, version)))
    GROUP BY ALL
),

sets AS (SELECT DISTINCT factor_set FROM tables_of_factors),

weighed AS (
    SELECT
        m.dataset,
        m.trace,
        m.region_id,
        m.region,
        m.country_iso3,
        s.factor_set,
        sum(m.share) AS whole,
        sum(m.share) FILTER (WHERE f.ewif IS NOT NULL) AS covered,
        sum(m.share * f.ewif) AS water,
        sum(m.generation_mwh) AS generation_mwh
    FROM mix AS m
    CROSS JOIN sets AS s
    LEFT JOIN tables_of_factors AS f ON s.factor_set = f.factor_set AND m.fuel = f.fuel
    GROUP BY m.dataset, m.trace, m.region_id, m.region, m.country_iso3, s.factor_set
)

SELECT
    dataset,
    trace,
    coalesce(region, region_id) AS region,
    country_iso3,
    factor_set,
    CASE WHEN covered / whole >= $min_covered_ratio THEN water / covered END AS ewif_l_per_kwh,
    coalesce(covered / nullif(whole, 0), 0) AS covered_ratio,
    generation_mwh,
    region_id
FROM weighed
WHERE whole > 0
UNION ALL
SELECT
    w.dataset,
    w.trace,
    coalesce(w.region, w.region_id) AS region,
    w.country_iso3,
    t.factor_set,
    t.ewif AS ewif_l_per_kwh,
    1 AS covered_ratio,
    w.generation_mwh,
    w.region_id
FROM (SELECT DISTINCT dataset, trace, region, region_id, country_iso3, generation_mwh FROM weighed) AS w
INNER JOIN totals AS t ON w.region_id = t.scope AND w.country_iso3 = t.scope
ORDER BY dataset, trace, region, region_id, factor_set
