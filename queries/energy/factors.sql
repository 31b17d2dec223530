/* ---
title = "Published factors"
question = "What do published tables say of a fuel's water and carbon, and how far do they differ?"
reads = ["factor"]
requires = ["factor.fuel"]
source = "The tables as published; of a fuel's water the least and most over all factor sets without a technology of their own stand beside"
key = ["dataset", "trace", "source_row"]
chart = { kind = "table" }
finding = { pick = "fuel_high_l_per_kwh - fuel_low_l_per_kwh DESC NULLS LAST, ewif_l_per_kwh DESC NULLS LAST, factor_set", text = "They differ most over {fuel}: from {fuel_low_l_per_kwh} to {fuel_high_l_per_kwh} L per kWh." }

[params.fuel]
type = "VARCHAR"
unit = "name"
text = "Only this fuel."
known = "SELECT fuel FROM factor WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)"

[params.usual_only]
type = "BOOLEAN"
default = true
unit = "bool"
text = "Leave out single technologies and cooling types of a fuel where the table has a value for the fuel as a whole."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
factor_set = { unit = "name", text = "Publication of the factor, with its version." }
fuel = { unit = "name", text = "Energy source; total is a whole grid." }
technology = { unit = "name", text = "Technology or cooling type within the fuel." }
scope = { unit = "name", text = "What the factor holds for." }
ewif_l_per_kwh = { unit = "L/kWh", text = "Water per kWh generated." }
carbon_g_per_kwh = { unit = "g/kWh", text = "Carbon per kWh generated." }
ewif_low_l_per_kwh = { unit = "L/kWh", text = "Least value that the table itself gives." }
ewif_high_l_per_kwh = { unit = "L/kWh", text = "Most that it gives." }
fuel_low_l_per_kwh = { unit = "L/kWh", text = "Least of the fuel over the rows shown." }
fuel_high_l_per_kwh = { unit = "L/kWh", text = "Most of the fuel over the rows shown." }
source_row = { unit = "1", text = "The factor's record: a publication may list a fuel twice." }
--- */
WITH chosen AS (
    SELECT
        *,
        concat_ws(' ', factor_set, version) AS named,
        bool_or(technology IS NULL) OVER (PARTITION BY dataset, trace, factor_set, version, fuel) AS has_usual
    FROM factor
    WHERE dataset = coalesce($dataset, dataset) AND trace IS NOT DISTINCT FROM coalesce($trace, trace)
        AND ($fuel IS NULL OR fuel = $fuel)
)

SELECT
    dataset,
    trace,
    named AS factor_set,
    fuel,
    technology,
    scope,
    ewif_l_per_kwh,
    carbon_g_per_kwh,
    ewif_low_l_per_kwh,
    ewif_high_l_per_kwh,
    min(ewif_l_per_kwh) OVER same AS fuel_low_l_per_kwh,
    max(ewif_l_per_kwh) OVER same AS fuel_high_l_per_kwh,
    source_row
FROM chosen
WHERE NOT $usual_only OR technology IS NULL OR NOT has_usual
WINDOW same AS (PARTITION BY dataset, trace, fuel)
ORDER BY dataset, trace, fuel, named, technology NULLS FIRST, source_row
