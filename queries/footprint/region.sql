/* ---
title = "Names of places"
question = "By which names can a place be asked for?"
reads = ["water_intensity", "grid_mix"]
requires = ["water_intensity.region | grid_mix.region"]
source = "A place goes by its name, its id and its country's ISO 3166-1 alpha-3 code as the source gives them, and by the name that any source of the lake has for that country"
key = ["dataset", "trace", "region", "region_id", "name"]
chart = { kind = "table" }
finding = { pick = "name = region, dataset, trace, region, name", text = "{region} of {dataset}/{trace} is found as {name}, too." }

[columns]
dataset = { unit = "id", text = "Source id of the place." }
trace = { unit = "id", text = "One continuous recording on one clock." }
region = { unit = "name", text = "Region or country, as the source names it." }
name = { unit = "name", text = "A word by which it is found; case does not matter." }
country_iso3 = { unit = "id", text = "ISO 3166-1 alpha-3 code." }
region_id = { unit = "id", text = "Region, as the source keys it." }
--- */
WITH places AS (
    SELECT dataset, trace, region, region_id, country_iso3
    FROM water_intensity
    UNION
    SELECT dataset, trace, region, region_id, country_iso3
    FROM grid_mix
),

names AS (
    SELECT dataset, trace, region, region_id, country_iso3, unnest([region, region_id, country_iso3]) AS name
    FROM places
    UNION
    -- What one source knows by its code alone, another may name.
    SELECT p.dataset, p.trace, p.region, p.region_id, p.country_iso3, n.region AS name
    FROM places AS p
    INNER JOIN places AS n ON p.country_iso3 = n.country_iso3
    WHERE n.region_id = n.country_iso3
)

SELECT dataset, trace, region, name, country_iso3, region_id
FROM names
WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace) AND name IS NOT NULL
ORDER BY dataset, trace, region, name, region_id
