/* ---
title = "Significance between two configurations"
question = "Is the difference between two configurations more than chance?"
reads = ["energy_run"]
requires = ["energy_run.run_id"]
compute = "compare.two_configurations"
source = "Welch 1947 (t, Satterthwaite degrees of freedom); Mann and Whitney 1947 (U with ties and continuity correction); one-way analysis of variance over all values of by; Hedges' g and rank-biserial correlation as effect sizes"
chart = { kind = "bar", x = "hedges_g", y = "comparison", color = "dataset", top = 40 }
finding = { pick = "welch_p IS NULL, n_a + n_b DESC, dataset, trace, comparison", text = "In {dataset}/{trace}, {metric} of {comparison}: mean {mean_a} against {mean_b} over {n_a} and {n_b} runs; Welch's p = {welch_p:.3g}, Hedges' g = {hedges_g:.2f}." }
n = "runs"

[params.by]
type = "VARCHAR"
default = "device"
choices = ["device", "precision", "model", "framework", "parallelism", "batch_size", "power_limit_w", "optimizer", "variant", "task"]
unit = "name"
text = "What tells configurations apart; every value of it is a group of the analysis of variance."

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

[params.on_log]
type = "BOOLEAN"
default = false
unit = "bool"
text = "Compare logarithms, for values that spread over decades; Mann-Whitney is the same either way."

[params.task]
type = "VARCHAR"
unit = "name"
text = "Only this task."

[params.model]
type = "VARCHAR"
unit = "name"
text = "Only this model."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
metric = { unit = "name", text = "What is compared." }
comparison = { unit = "name", text = "The two configurations." }
runs = { unit = "1", text = "Runs of both." }
n_a = { unit = "1", text = "Runs of the first." }
n_b = { unit = "1", text = "Runs of the second." }
mean_a = { unit = "1", text = "Mean of the first, in the unit of the metric." }
mean_b = { unit = "1", text = "Mean of the second." }
sd_a = { unit = "1", text = "Sample standard deviation of the first." }
sd_b = { unit = "1", text = "Sample standard deviation of the second." }
median_a = { unit = "1", text = "Median of the first." }
median_b = { unit = "1", text = "Median of the second." }
ratio = { unit = "1", text = "Mean of the first over that of the second; of logarithms, the ratio of the geometric means." }
welch_t = { unit = "1", text = "Welch's t." }
welch_df = { unit = "1", text = "Its degrees of freedom." }
welch_p = { unit = "1", text = "Its two-sided p; unknown below two runs each or without any spread." }
mann_whitney_u = { unit = "1", text = "Pairs in which the first is larger, ties as halves." }
mann_whitney_p = { unit = "1", text = "Its two-sided p." }
anova_groups = { unit = "1", text = "Values of by with two runs or more." }
anova_f = { unit = "1", text = "F of the one-way analysis of variance over them." }
anova_p = { unit = "1", text = "Its p." }
eta_squared = { unit = "ratio", text = "Share of the variance that lies between the groups of the analysis." }
hedges_g = { unit = "1", text = "Difference in pooled standard deviations, corrected for small samples." }
rank_biserial = { unit = "1", text = "Share of pairs in which the first is larger less that in which it is smaller." }
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
    precision,
    model,
    framework,
    parallelism,
    CAST(batch_size AS VARCHAR) AS batch_size,
    CAST(CAST(power_limit_w AS BIGINT) AS VARCHAR) AS power_limit_w,
    optimizer,
    variant,
    task
FROM energy_run
WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
    AND ($task IS NULL OR task = $task) AND ($model IS NULL OR model = $model)
ORDER BY dataset, trace, source_row, run_id
