/* ---
title = "Onsite water by wet-bulb temperature"
question = "How much water does a cooling tower take at a wet-bulb temperature, by whose formula?"
reads = ["water_intensity"]
requires = ["water_intensity.wet_bulb_c"]
source = "arXiv:2412.03716 equations 1 and 2 (approach, cold_water); Li et al., arXiv:2304.03271 (li_2023, clipped at 0.05); all in degrees Fahrenheit inside"
key = ["dataset", "trace", "polynomial", "wet_bulb_c"]
chart = { kind = "line", x = "wet_bulb_c", y = "wue_l_per_kwh", color = "polynomial", dash = "trace" }
finding = { pick = "max_difference IS NULL, samples DESC, polynomial, wet_bulb_c", text = "At {wet_bulb_c} °C the formula {polynomial} gives {wue_l_per_kwh} L/kWh; {dataset}/{trace} itself is at most {max_difference} away from it." }

[params.wet_bulb_c]
type = "DOUBLE[]"
default = []
unit = "degC"
text = "Temperatures to evaluate besides those of the data."

[params.step_c]
type = "DOUBLE"
default = 2.0
unit = "degC"
text = "Width of the temperature bins."

[params.cycles]
type = "DOUBLE"
default = 6.0
unit = "1"
text = "Cycles of concentration of li_2023."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
polynomial = { unit = "name", text = "Formula: approach, cold_water or li_2023." }
wet_bulb_c = { unit = "degC", text = "Wet-bulb temperature: middle of the bin, or as stated." }
samples = { unit = "1", text = "Rows in the bin." }
wue_l_per_kwh = { unit = "L/kWh", text = "Onsite water by the formula, mean over the rows." }
published_l_per_kwh = { unit = "L/kWh", text = "Onsite water as the source gives it, mean over the rows." }
max_difference = { unit = "L/kWh", text = "Largest difference between formula and source in a row of the bin." }
--- */
WITH points AS (
    SELECT
        dataset,
        trace,
        wet_bulb_c,
        (floor(wet_bulb_c / $step_c) + 0.5) * $step_c AS bin_c,
        wue_approach_l_per_kwh,
        wue_cold_water_l_per_kwh
    FROM water_intensity
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace) AND wet_bulb_c IS NOT NULL
    UNION ALL
    SELECT coalesce($dataset, 'stated') AS dataset, coalesce($trace, 'stated') AS trace, s.t AS wet_bulb_c, s.t AS bin_c, NULL AS approach, NULL AS cold_water
    FROM (SELECT unnest($wet_bulb_c) AS t) AS s
),

-- No wet bulb on Earth exceeds 36 degrees Celsius: 64 is a mild one in Fahrenheit.
in_fahrenheit AS (
    SELECT
        *,
        CASE
            WHEN wet_bulb_c > 45 THEN error(
                'a wet-bulb temperature of ' || wet_bulb_c || ' degC does not exist: it is in degrees Fahrenheit; give (F - 32) * 5 / 9'
            )
            ELSE wet_bulb_c * 9 / 5 + 32
        END AS f
    FROM points
),

formulas AS (
    SELECT
        dataset, trace, bin_c, 'approach' AS polynomial, wue_approach_l_per_kwh AS published,
        greatest(0, -0.0001896 * f * f + 0.03095 * f + 0.4442) AS wue
    FROM in_fahrenheit
    UNION ALL
    SELECT
        dataset, trace, bin_c, 'cold_water' AS polynomial, wue_cold_water_l_per_kwh AS published,
        greatest(0, 0.0005112 * f * f - 0.04982 * f + 2.387) AS wue
    FROM in_fahrenheit
    UNION ALL
    SELECT
        dataset, trace, bin_c, 'li_2023' AS polynomial, NULL AS published,
        greatest(0.05, $cycles / ($cycles - 1) * (6e-5 * f * f * f - 0.01 * f * f + 0.61 * f - 10.4)) AS wue
    FROM in_fahrenheit
)

SELECT
    dataset,
    trace,
    polynomial,
    bin_c AS wet_bulb_c,
    count(*) AS samples,
    avg(wue) AS wue_l_per_kwh,
    avg(published) AS published_l_per_kwh,
    max(abs(wue - published)) AS max_difference
FROM formulas
GROUP BY dataset, trace, polynomial, bin_c
ORDER BY dataset, trace, polynomial, bin_c
