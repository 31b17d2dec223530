/* ---
title = "Significance between two configurations"
question = "Does one configuration take more than another, everything else being equal, and is that more than chance?"
reads = ["energy_run"]
requires = ["energy_run.run_id"]
compute = "compare.two_configurations"
source = "Runs that share every other setting, a pair per setting: geometric mean of the ratios, t test and Wilcoxon 1945 on their logarithms. Pooled (match = []): Welch 1947, Mann and Whitney 1947, one-way analysis of variance over all values of by, Hedges' g"
key = ["dataset", "trace", "metric", "comparison"]
chart = { kind = "bar", x = "ratio", y = "comparison", color = "dataset", top = 40 }
finding = { pick = "pairs DESC, dataset, trace, comparison", text = "In {dataset}/{trace}, {metric} of {comparison}: {ratio:.3f} times as much where all else is equal, over {pairs} pairs (p = {paired_p:.3g}); {best_ratio:.3f} times at the best settings of each, over {best_pairs}." }
n = { column = "runs" }

[params.by]
type = "VARCHAR"
default = "device"
choices = ["device", "devices", "precision", "model", "framework", "parallelism", "batch_size", "power_limit_w", "optimizer", "variant", "task"]
unit = "name"
text = "The setting by which configurations differ; every value of it is a group of the analysis of variance."

[params.a]
type = "VARCHAR"
unit = "text"
text = "First configuration: a value of by, or conditions such as device=A100,precision=fp16; the most frequent value by default."

[params.b]
type = "VARCHAR"
unit = "text"
text = "Second configuration, like a; the second most frequent value by default."

[params.metric]
type = "VARCHAR"
default = "energy_per_token_j"
choices = ["energy_per_token_j", "energy_per_request_j", "energy_j", "gpu_energy_j", "mean_power_w", "duration_s", "latency_s", "output_tokens_per_s", "accuracy_ratio", "carbon_g"]
unit = "name"
text = "What is compared."

[params.match]
type = "VARCHAR[]"
default = ["model", "task", "batch_size", "devices", "precision", "device", "framework", "parallelism", "power_limit_w", "optimizer", "variant"]
unit = "name"
text = "Settings that two runs must share to be compared, less those by which the configurations differ; runs of one setting are averaged first. None ([]): all runs are pooled, whatever else they differ in."

[params.on_log]
type = "BOOLEAN"
default = false
unit = "bool"
text = "Pooled: compare logarithms, for values that spread over decades; Mann-Whitney is the same either way. Pairs are always compared by the logarithm of their ratio."

[params.task]
type = "VARCHAR"
unit = "name"
text = "Only this task."
known = "SELECT task FROM energy_run WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)"

[params.model]
type = "VARCHAR"
unit = "name"
text = "Only this model: its id, or the part after the last slash."
known = "SELECT unnest([model, split_part(model, '/', -1)]) FROM energy_run WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)"

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
metric = { unit = "name", text = "What is compared." }
comparison = { unit = "name", text = "The two configurations." }
runs = { unit = "1", text = "Runs of both." }
n_a = { unit = "1", text = "Runs of the first." }
n_b = { unit = "1", text = "Runs of the second." }
matched_on = { unit = "name", text = "Settings that the two runs of a pair share; NULL where all runs are pooled." }
pairs = { unit = "1", text = "Settings in which both were measured; a pair is the mean of the first's runs and that of the second's." }
unmatched_a = { unit = "1", text = "Runs of the first without a run of the second in the same settings: left out." }
unmatched_b = { unit = "1", text = "Runs of the second without a run of the first." }
ratio = { unit = "1", text = "First over second: geometric mean over pairs. Pooled: mean over mean; of logarithms, the ratio of the geometric means." }
ratio_median = { unit = "1", text = "Median over pairs." }
better_share = { unit = "ratio", text = "Share of pairs in which the first is better: takes less, or for tokens per second and accuracy has more." }
paired_t = { unit = "1", text = "t of the logarithms of the ratios (of the differences, where a reading is not positive)." }
paired_df = { unit = "1", text = "Its degrees of freedom." }
paired_p = { unit = "1", text = "Its two-sided p; unknown below two pairs or without any spread, and where nothing matches." }
wilcoxon_p = { unit = "1", text = "Two-sided p of Wilcoxon's signed ranks." }
best_pairs = { unit = "1", text = "Models and tasks of which both were measured, in whatever settings." }
best_ratio = { unit = "1", text = "First over second at the best settings of each: geometric mean over them." }
best_better_share = { unit = "ratio", text = "Share of them in which the first is better." }
mean_a = { unit = "1", text = "Mean of the first over pairs (pooled: over runs), in the unit of the metric." }
mean_b = { unit = "1", text = "Mean of the second." }
sd_a = { unit = "1", text = "Sample standard deviation of the first." }
sd_b = { unit = "1", text = "Sample standard deviation of the second." }
median_a = { unit = "1", text = "Median of the first." }
median_b = { unit = "1", text = "Median of the second." }
hedges_g = { unit = "1", text = "Effect in standard deviations, corrected for small samples: mean over deviation of the logarithms of the ratios; pooled, difference of means in pooled deviations." }
rank_biserial = { unit = "1", text = "Share of pairs in which the first is larger less that in which it is smaller; pooled, of all pairs." }
welch_t = { unit = "1", text = "Pooled: Welch's t." }
welch_df = { unit = "1", text = "Its degrees of freedom." }
welch_p = { unit = "1", text = "Its two-sided p; unknown below two runs each or without any spread." }
mann_whitney_u = { unit = "1", text = "Pooled: pairs in which the first is larger, ties as halves." }
mann_whitney_p = { unit = "1", text = "Its two-sided p." }
anova_groups = { unit = "1", text = "Pooled: values of by with two runs or more." }
anova_f = { unit = "1", text = "F of the one-way analysis of variance over them." }
anova_p = { unit = "1", text = "Its p." }
eta_squared = { unit = "ratio", text = "Share of the variance that lies between the groups of the analysis." }
note = { unit = "text", text = "Why nothing is compared, or what a pooled comparison rests on." }
--- */
SELECT
    dataset,
    trace,
    CAST(CASE $metric
        WHEN 'energy_per_request_j' THEN energy_per_request_j
        WHEN 'energy_j' THEN energy_j
        WHEN 'gpu_energy_j' THEN gpu_energy_j
        WHEN 'mean_power_w' THEN mean_power_w
        WHEN 'duration_s' THEN duration_s
        WHEN 'latency_s' THEN latency_s
        WHEN 'output_tokens_per_s' THEN output_tokens_per_s
        WHEN 'accuracy_ratio' THEN accuracy_ratio
        WHEN 'carbon_g' THEN carbon_g
        ELSE energy_per_token_j
    END AS DOUBLE) AS reading,
    device,
    CAST(devices AS VARCHAR) AS devices,
    precision,
    model,
    framework,
    parallelism,
    CAST(batch_size AS VARCHAR) AS batch_size,
    CAST(CAST(power_limit_w AS BIGINT) AS VARCHAR) AS power_limit_w,
    optimizer,
    variant,
    task,
    boundary
FROM energy_run
WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
    AND ($task IS NULL OR lower(task) = lower($task)) AND ($model IS NULL OR lower($model) IN (lower(model), lower(split_part(model, '/', -1))))
ORDER BY dataset, trace, source_row, run_id
