/* ---
title = "Places"
question = "What does a kilowatt-hour of computing cost in water and carbon, by place?"
reads = ["water_intensity", "grid_mix", "factor"]
requires = ["water_intensity.region"]
uses = ["energy/water_intensity", "energy/ewif_by_factor_set", "footprint/region"]
source = "water = WUE (1 + leakage) + PUE EWIF, arXiv:2412.03716 equations 1 to 5; carbon = PUE times the grid's, ISO/IEC 30134-8; stated values win over tables"
key = ["dataset", "trace", "region", "region_id"]
chart = { kind = "bar", x = "ewif_l_per_kwh", y = "region", color = "trace", sort = "ewif_l_per_kwh", top = 60 }
finding = { pick = "coalesce(water_l_per_kwh, ewif_l_per_kwh) DESC NULLS LAST, region", text = "The thirstiest of {dataset}/{trace} is {region}, where a kWh takes {ewif_l_per_kwh} L where it is generated." }

[params.region]
type = "VARCHAR"
unit = "name"
text = "Only this place: its name, its id or its ISO 3166-1 alpha-3 code; footprint/region lists them."
known = "SELECT name FROM footprint_region(p_dataset := $dataset, p_trace := $trace)"
unless = ["wue_l_per_kwh", "ewif_l_per_kwh"]

[params.pue]
type = "DOUBLE"
unit = "1"
text = "Stated power usage effectiveness; the place's own by default, never 1."

[params.onsite]
type = "VARCHAR"
default = "cold_water"
choices = ["cold_water", "approach"]
unit = "name"
text = "Which cooling-tower model gives the onsite water."

[params.wue_l_per_kwh]
type = "DOUBLE"
unit = "L/kWh"
text = "Stated onsite water per kWh of IT energy."

[params.ewif_l_per_kwh]
type = "DOUBLE"
unit = "L/kWh"
text = "Stated water per kWh generated."

[params.leakage_ratio]
type = "DOUBLE"
unit = "ratio"
text = "Stated leakage, as a fraction of the onsite water."

[params.carbon_g_per_kwh]
type = "DOUBLE"
unit = "g/kWh"
text = "Stated carbon intensity of the grid."

[params.factor_set]
type = "VARCHAR"
unit = "name"
text = "Take the water of electricity from this factor table and the country's mix, for every country that has one."
known = "SELECT unnest([factor_set, concat_ws(' ', factor_set, version), concat_ws(' ', factor_set, version, technology)]) FROM factor"

[columns]
dataset = { unit = "id", text = "Source id of the place." }
trace = { unit = "id", text = "One continuous recording on one clock." }
region = { unit = "name", text = "Region or country." }
country_iso3 = { unit = "id", text = "ISO 3166-1 alpha-3 code." }
wue_l_per_kwh = { unit = "L/kWh", text = "Onsite water per kWh of IT energy." }
ewif_l_per_kwh = { unit = "L/kWh", text = "Water per kWh generated." }
leakage_ratio = { unit = "ratio", text = "Water lost in supply, as a fraction of the onsite water; unknown counts as none." }
pue = { unit = "1", text = "Power usage effectiveness; unknown stays unknown." }
carbon_g_per_kwh = { unit = "g/kWh", text = "Carbon intensity of the grid." }
water_l_per_kwh = { unit = "L/kWh", text = "Onsite with leakage plus PUE times offsite; NULL where a part is unknown." }
ewif_low_l_per_kwh = { unit = "L/kWh", text = "Least water per kWh generated, over the place's own and the factor tables." }
ewif_high_l_per_kwh = { unit = "L/kWh", text = "Most water per kWh generated, over the place's own and the factor tables." }
factor_sets = { unit = "1", text = "Factor tables that the range is over, besides the place's own value." }
basis = { unit = "text", text = "Where each value comes from." }
region_id = { unit = "id", text = "Region, as the source keys it." }
--- */
WITH asked AS (
    SELECT DISTINCT dataset, trace, region_id
    FROM footprint_region(p_dataset := NULL, p_trace := NULL)
    WHERE lower(name) = lower($region)
),

grids AS (
    SELECT
        dataset,
        trace,
        region_id,
        country_iso3,
        min(region) AS region,
        avg(carbon_g_per_kwh) AS carbon
    FROM grid_mix
    WHERE fuel = 'total'
    GROUP BY dataset, trace, region_id, country_iso3
),

-- Shares without a total weigh primary energy against electricity (african-wue): they are no mix of a grid.
by_set AS (
    SELECT b.dataset, b.trace, b.region, b.region_id, b.country_iso3, b.factor_set, b.ewif_l_per_kwh
    FROM energy_ewif_by_factor_set(p_dataset := NULL, p_trace := NULL) AS b
    SEMI JOIN grids AS g ON b.dataset = g.dataset AND b.trace = g.trace AND b.region_id = g.region_id
    WHERE b.ewif_l_per_kwh IS NOT NULL
),

-- One mix per country, the first by name: mixes of different sources are not averaged, nor are the regions of one country.
country_mix AS (
    SELECT country_iso3, min((dataset, trace)) AS source
    FROM (
        SELECT dataset, trace, country_iso3
        FROM by_set
        WHERE country_iso3 IS NOT NULL
        GROUP BY dataset, trace, country_iso3
        HAVING count(DISTINCT region_id) = 1
    )
    GROUP BY country_iso3
),

mixes AS (
    SELECT
        b.dataset,
        b.trace,
        b.region_id,
        min(b.country_iso3) AS country_iso3,
        coalesce(bool_or((b.dataset, b.trace) = c.source), FALSE) AS is_of_country,
        min(b.ewif_l_per_kwh) AS low,
        max(b.ewif_l_per_kwh) AS high,
        count(*) AS factor_sets,
        min(b.ewif_l_per_kwh) FILTER (WHERE b.factor_set = $factor_set OR starts_with(b.factor_set, $factor_set || ' ')) AS chosen
    FROM by_set AS b
    LEFT JOIN country_mix AS c ON b.country_iso3 = c.country_iso3
    GROUP BY b.dataset, b.trace, b.region_id
),

carbon AS (
    SELECT country_iso3, arg_min(carbon, (dataset, trace)) AS carbon, arg_min(dataset || '/' || trace, (dataset, trace)) AS source
    FROM (
        SELECT dataset, trace, country_iso3, any_value(carbon) AS carbon
        FROM grids
        WHERE carbon IS NOT NULL AND country_iso3 IS NOT NULL
        GROUP BY dataset, trace, country_iso3
        HAVING count(*) = 1
    )
    GROUP BY country_iso3
),

tabled AS (
    SELECT
        w.dataset,
        w.trace,
        w.region,
        w.region_id,
        w.country_iso3,
        w.wue_l_per_kwh AS wue,
        CASE WHEN $factor_set IS NULL THEN w.ewif_l_per_kwh ELSE coalesce(o.chosen, r.chosen) END AS ewif,
        w.leakage_ratio AS leakage,
        w.pue,
        coalesce(w.carbon_g_per_kwh, c.carbon) AS carbon,
        CASE WHEN w.carbon_g_per_kwh IS NOT NULL THEN w.dataset || '/' || w.trace ELSE c.source END AS carbon_source,
        coalesce(o.low, r.low) AS low,
        coalesce(o.high, r.high) AS high,
        coalesce(o.factor_sets, r.factor_sets, 0) AS factor_sets
    FROM energy_water_intensity(p_dataset := $dataset, p_trace := $trace, p_pue := $pue, p_onsite := $onsite) AS w
    LEFT JOIN mixes AS o ON w.dataset = o.dataset AND w.trace = o.trace AND w.region_id = o.region_id
    LEFT JOIN mixes AS r ON w.country_iso3 = r.country_iso3 AND r.is_of_country
    LEFT JOIN carbon AS c ON w.country_iso3 = c.country_iso3
    UNION ALL
    -- With a factor table, any country whose mix is known is a place; its cooling has to be stated. A country that is asked for by name and
    -- has a mix alone is one as well, with what is known of it.
    SELECT
        g.dataset,
        g.trace,
        g.region,
        g.region_id,
        g.country_iso3,
        NULL AS wue,
        r.chosen AS ewif,
        NULL AS leakage,
        $pue AS pue,
        g.carbon,
        g.dataset || '/' || g.trace AS carbon_source,
        r.low,
        r.high,
        coalesce(r.factor_sets, 0) AS factor_sets
    FROM grids AS g
    LEFT JOIN mixes AS r ON g.dataset = r.dataset AND g.trace = r.trace AND g.region_id = r.region_id AND r.is_of_country
    WHERE g.dataset = coalesce($dataset, g.dataset) AND g.trace = coalesce($trace, g.trace)
        AND (
            r.chosen IS NOT NULL
            OR (
                (g.dataset, g.trace, g.region_id) IN (SELECT (a.dataset, a.trace, a.region_id) FROM asked AS a)
                AND NOT EXISTS (
                    SELECT 1
                    FROM water_intensity AS w
                    INNER JOIN asked AS a ON w.dataset = a.dataset AND w.trace = a.trace AND w.region_id IS NOT DISTINCT FROM a.region_id
                    WHERE w.dataset = coalesce($dataset, w.dataset) AND w.trace = coalesce($trace, w.trace)
                )
            )
        )
),

wanted AS (
    SELECT *
    FROM tabled
    WHERE ($region IS NULL AND ($wue_l_per_kwh IS NULL OR $ewif_l_per_kwh IS NULL))
        OR (dataset, trace, coalesce(region_id, '')) IN (SELECT (a.dataset, a.trace, coalesce(a.region_id, '')) FROM asked AS a)
    UNION ALL
    -- Where all that a place is asked for is stated, no table is needed.
    SELECT
        coalesce($dataset, 'stated') AS dataset,
        coalesce($trace, 'stated') AS trace,
        coalesce($region, 'stated') AS region,
        NULL AS region_id,
        NULL AS country_iso3,
        $wue_l_per_kwh AS wue,
        $ewif_l_per_kwh AS ewif,
        NULL AS leakage,
        $pue AS pue,
        NULL AS carbon,
        NULL AS carbon_source,
        NULL AS low,
        NULL AS high,
        0 AS factor_sets
    WHERE $wue_l_per_kwh IS NOT NULL AND $ewif_l_per_kwh IS NOT NULL
        AND NOT EXISTS (
            SELECT 1
            FROM tabled AS t
            INNER JOIN asked AS a ON t.dataset = a.dataset AND t.trace = a.trace AND t.region_id IS NOT DISTINCT FROM a.region_id
        )
),

settled AS (
    SELECT
        dataset,
        trace,
        region,
        region_id,
        country_iso3,
        coalesce($wue_l_per_kwh, wue) AS wue,
        coalesce($ewif_l_per_kwh, ewif) AS ewif,
        coalesce($leakage_ratio, leakage) AS leakage,
        coalesce($pue, pue) AS pue,
        coalesce($carbon_g_per_kwh, carbon) AS carbon,
        coalesce($ewif_l_per_kwh, least(low, ewif)) AS ewif_low,
        coalesce($ewif_l_per_kwh, greatest(high, ewif)) AS ewif_high,
        CASE WHEN $ewif_l_per_kwh IS NULL THEN factor_sets ELSE 0 END AS factor_sets,
        concat_ws(
            '; ',
            'WUE ' || CASE
                WHEN $wue_l_per_kwh IS NOT NULL THEN 'stated'
                WHEN wue IS NULL THEN 'unknown'
                ELSE dataset || '/' || trace || ' (' || $onsite || ' tower)'
            END,
            'EWIF ' || CASE
                WHEN $ewif_l_per_kwh IS NOT NULL THEN 'stated'
                WHEN ewif IS NULL THEN 'unknown'
                WHEN $factor_set IS NOT NULL THEN 'of the mix by ' || $factor_set
                ELSE dataset || '/' || trace
            END,
            'leakage ' || CASE
                WHEN $leakage_ratio IS NOT NULL THEN 'stated'
                WHEN leakage IS NULL THEN 'unknown, taken as none'
                ELSE dataset || '/' || trace
            END,
            'PUE ' || CASE WHEN $pue IS NOT NULL THEN 'stated' WHEN pue IS NULL THEN 'unknown' ELSE dataset || '/' || trace END,
            'carbon ' || CASE WHEN $carbon_g_per_kwh IS NOT NULL THEN 'stated' ELSE coalesce(carbon_source, 'unknown') END
        ) AS basis
    FROM wanted
)

SELECT
    dataset,
    trace,
    region,
    country_iso3,
    wue AS wue_l_per_kwh,
    ewif AS ewif_l_per_kwh,
    leakage AS leakage_ratio,
    pue,
    carbon AS carbon_g_per_kwh,
    wue * (1 + coalesce(leakage, 0)) + pue * ewif AS water_l_per_kwh,
    ewif_low AS ewif_low_l_per_kwh,
    ewif_high AS ewif_high_l_per_kwh,
    factor_sets,
    basis,
    region_id
FROM settled
ORDER BY dataset, trace, region, region_id
