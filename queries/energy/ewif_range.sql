/* ---
title = "Disagreement of the factor tables"
question = "How far do published factors disagree about a country's electricity?"
reads = ["grid_mix", "factor"]
requires = ["grid_mix.share_ratio"]
uses = ["energy/ewif_by_factor_set"]
source = "Least and most over the factor tables that cover the mix; rank 1 takes the least water"
key = ["dataset", "trace", "region_id"]
chart = { kind = "range", x = "low_l_per_kwh", x2 = "high_l_per_kwh", y = "region", color = "dataset", sort = "high_l_per_kwh", top = 60 }
finding = { pick = "high_l_per_kwh - low_l_per_kwh DESC NULLS LAST, region", text = "They disagree most about {region}: {low_l_per_kwh} L per kWh by {low_set}, {high_l_per_kwh} by {high_set}; its rank among the regions goes from {best_rank} to {worst_rank}." }

[params.min_covered_ratio]
type = "DOUBLE"
default = 0.9
unit = "ratio"
text = "Least share of the generation that a table must have factors for."

[columns]
dataset = { unit = "id", text = "Source id of the mix." }
trace = { unit = "id", text = "One continuous recording on one clock." }
region = { unit = "name", text = "Region or country." }
country_iso3 = { unit = "id", text = "ISO 3166-1 alpha-3 code." }
factor_sets = { unit = "1", text = "Factor tables that cover the mix." }
low_l_per_kwh = { unit = "L/kWh", text = "Least water per kWh generated." }
low_set = { unit = "name", text = "Table that says so." }
high_l_per_kwh = { unit = "L/kWh", text = "Most water per kWh generated." }
high_set = { unit = "name", text = "Table that says so." }
ratio = { unit = "1", text = "Most over least." }
best_rank = { unit = "1", text = "Best rank under any table, 1 takes the least water." }
worst_rank = { unit = "1", text = "Worst rank under any table." }
region_id = { unit = "id", text = "Region, as the source keys it." }
--- */
WITH ranked AS (
    SELECT
        *,
        rank() OVER (PARTITION BY dataset, trace, factor_set ORDER BY round(ewif_l_per_kwh, 9)) AS rank
    FROM energy_ewif_by_factor_set(p_dataset := $dataset, p_trace := $trace, p_min_covered_ratio := $min_covered_ratio)
    WHERE ewif_l_per_kwh IS NOT NULL
)

SELECT
    dataset,
    trace,
    region,
    min(country_iso3) AS country_iso3,
    count(*) AS factor_sets,
    min(ewif_l_per_kwh) AS low_l_per_kwh,
    arg_min(factor_set, (ewif_l_per_kwh, factor_set)) AS low_set,
    max(ewif_l_per_kwh) AS high_l_per_kwh,
    arg_max(factor_set, (ewif_l_per_kwh, factor_set)) AS high_set,
    max(ewif_l_per_kwh) / nullif(min(ewif_l_per_kwh), 0) AS ratio,
    min(rank) AS best_rank,
    max(rank) AS worst_rank,
    region_id
FROM ranked
GROUP BY dataset, trace, region, region_id
ORDER BY dataset, trace, region, region_id
