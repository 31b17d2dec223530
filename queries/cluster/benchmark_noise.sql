/* ---
title = "Noise of machines"
question = "How much does the same benchmark differ from run to run on one machine, and between machines of the same kind?"
reads = ["benchmark_result"]
requires = ["benchmark_result.value", "benchmark_result.machine_id"]
source = "Coefficients of variation (population): within = mean over machines of the machine's own, between = of the machines' means; medians over the benchmarks of a group"
key = ["dataset", "trace", "group_name"]
chart = { kind = "range", x = "cv_between_p50", x2 = "cv_within_p50", y = "group_name", color = "dataset" }
finding = { pick = "cv_within_p50 IS NULL, group_name IS NULL, cv_within_p50 DESC", text = "In {group_name} of {dataset}/{trace} a machine's result varies from run to run by {cv_within_p50:.1%}, from machine to machine by {cv_between_p50:.1%} (median of {cells} benchmarks)." }
n = { column = "measurements" }

[params.by]
type = "VARCHAR"
default = "sku"
choices = ["none", "sku", "region", "sku_region", "suite", "test", "variant"]
unit = "name"
text = "What groups the benchmarks."

[params.min_runs]
type = "BIGINT"
default = 2
unit = "1"
text = "Fewest measurements of a machine that a coefficient needs."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
group_name = { unit = "name", text = "The group; NULL where the source does not say." }
cells = { unit = "1", text = "Benchmarks with at least one machine measured repeatedly: suite, test, variant, SKU, region and unit are one." }
machines = { unit = "1", text = "Machines measured repeatedly, summed over benchmarks." }
measurements = { unit = "1", text = "Their measurements." }
cv_within_p50 = { unit = "ratio", text = "Variation from run to run on one machine, median over benchmarks." }
cv_within_max = { unit = "ratio", text = "The largest of them." }
cv_between_p50 = { unit = "ratio", text = "Variation from machine to machine, median over benchmarks with two machines or more." }
cv_between_max = { unit = "ratio", text = "The largest of them." }
cv_total_p50 = { unit = "ratio", text = "Variation over all measurements, those of machines measured once among them, median over benchmarks with two measurements or more." }
single_runs = { unit = "1", text = "Machines with too few measurements, left out of within and between." }
cv_total_repeated_p50 = { unit = "ratio", text = "The same over those benchmarks alone that have a variation from run to run: the total to hold beside cv_within_p50 and cv_between_p50." }
total_cells = { unit = "1", text = "Benchmarks with two measurements or more, on whatever machines." }
single_cells = { unit = "1", text = "Benchmarks measured once in all: they vary in no way that anyone has seen, and count in nothing." }
--- */
WITH machines AS (
    SELECT
        dataset,
        trace,
        suite,
        test,
        variant,
        sku,
        region,
        unit,
        machine_id,
        count(*) AS runs,
        avg(value) AS mean,
        var_pop(value) AS var,
        -- One measurement has no spread: that is unknown, not zero.
        CASE WHEN count(*) > 1 THEN stddev_pop(value) / nullif(abs(avg(value)), 0) END AS cv
    FROM benchmark_result
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace) AND machine_id IS NOT NULL AND value IS NOT NULL
    GROUP BY dataset, trace, suite, test, variant, sku, region, unit, machine_id
),

cells AS (
    SELECT
        dataset,
        trace,
        suite,
        test,
        variant,
        sku,
        region,
        sum(runs) AS runs,
        -- Of all measurements, from each machine's moments.
        CASE
            WHEN sum(runs) > 1
                THEN sqrt(greatest(sum(runs * (var + mean * mean)) / sum(runs) - (sum(runs * mean) / sum(runs)) ** 2, 0))
                    / nullif(abs(sum(runs * mean) / sum(runs)), 0)
        END AS cv_total,
        count(*) FILTER (WHERE runs >= $min_runs) AS machines,
        count(*) FILTER (WHERE runs < $min_runs) AS single_runs,
        coalesce(sum(runs) FILTER (WHERE runs >= $min_runs), 0) AS measurements,
        avg(cv) FILTER (WHERE runs >= $min_runs) AS cv_within,
        CASE
            WHEN count(*) FILTER (WHERE runs >= $min_runs) >= 2
                THEN stddev_pop(mean) FILTER (WHERE runs >= $min_runs) / nullif(abs(avg(mean) FILTER (WHERE runs >= $min_runs)), 0)
        END AS cv_between
    FROM machines
    GROUP BY dataset, trace, suite, test, variant, sku, region, unit
),

named AS (
    SELECT
        *,
        CASE $by
            WHEN 'none' THEN 'all'
            WHEN 'sku' THEN sku
            WHEN 'region' THEN region
            WHEN 'sku_region' THEN sku || ' in ' || region
            WHEN 'suite' THEN suite
            WHEN 'test' THEN suite || ' ' || test
            WHEN 'variant' THEN variant
        END AS group_name
    FROM cells
)

SELECT
    dataset,
    trace,
    group_name,
    count(cv_within) AS cells,
    CAST(sum(machines) AS BIGINT) AS machines,
    CAST(sum(measurements) AS BIGINT) AS measurements,
    quantile_cont(cv_within, 0.5) AS cv_within_p50,
    max(cv_within) AS cv_within_max,
    quantile_cont(cv_between, 0.5) AS cv_between_p50,
    max(cv_between) AS cv_between_max,
    quantile_cont(cv_total, 0.5) AS cv_total_p50,
    CAST(sum(single_runs) AS BIGINT) AS single_runs,
    quantile_cont(cv_total, 0.5) FILTER (WHERE cv_within IS NOT NULL) AS cv_total_repeated_p50,
    count(*) FILTER (WHERE runs > 1) AS total_cells,
    count(*) FILTER (WHERE runs = 1) AS single_cells
FROM named
GROUP BY dataset, trace, group_name
ORDER BY dataset, trace, group_name
