/* ---
title = "Training against inference"
question = "Does this power look like training or like inference?"
reads = ["power_sample"]
requires = ["power_sample.entity_id", "power_sample.power_w | power_sample.power_ratio"]
uses = ["power/headroom"]
source = "POLCA, arXiv:2308.12908: peaks of 97 % (training) and 79 % (inference) of provisioned power; rises of 37.5 % within 2 s (training) and 11.8 % within 40 s (inference)"
key = ["dataset", "trace", "entity_kind", "measure"]
chart = { kind = "bar", x = "value_ratio", y = "measure", color = "trace" }
finding = { pick = "resembles IS NULL, measure, value_ratio DESC", text = "The largest rise of {dataset}/{trace} ({measure}) is {value_ratio:.1%} of its provisioned power, where inference reaches 11.8 % within 40 s in POLCA's fleet: it swings like {resembles}." }
n = { column = "samples", over = ["dataset", "trace", "entity_kind"] }

[params.tick_s]
type = "DOUBLE"
unit = "s"
text = "Stamps are floored to this; by default stamps that the entities share are the ticks, else the median step."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
entity_kind = { unit = "name", text = "Kind of the entities." }
measure = { unit = "name", text = "peak, mean, rise_2s or rise_40s." }
samples = { unit = "1", text = "Ticks at which every entity reported." }
value_ratio = { unit = "ratio", text = "Measure over provisioned power." }
training_ratio = { unit = "ratio", text = "POLCA's figure of its training fleet; NULL where it prints none." }
inference_ratio = { unit = "ratio", text = "POLCA's figure of its inference fleet; NULL where it prints none." }
resembles = { unit = "name", text = "For rises: inference up to the 11.8 % that inference reaches within 40 s, training above; NULL where neither is shown." }
--- */
WITH measured AS (
    SELECT
        dataset,
        trace,
        entity_kind,
        samples,
        unnest(['peak', 'mean', 'rise_2s', 'rise_40s']) AS measure,
        unnest([peak_ratio, mean_ratio, max_rise_2s_ratio, max_rise_40s_ratio]) AS value_ratio,
        unnest([0.97, NULL, 0.375, NULL]) AS training_ratio,
        unnest([0.79, NULL, NULL, 0.118]) AS inference_ratio
    FROM power_headroom(p_dataset := $dataset, p_trace := $trace, p_tick_s := $tick_s)
)

SELECT
    dataset,
    trace,
    entity_kind,
    measure,
    samples,
    value_ratio,
    CAST(training_ratio AS DOUBLE) AS training_ratio,
    CAST(inference_ratio AS DOUBLE) AS inference_ratio,
    CASE
        WHEN measure IN ('rise_2s', 'rise_40s') AND value_ratio > 0.118 THEN 'training'
        WHEN measure = 'rise_40s' AND value_ratio <= 0.118 THEN 'inference'
    END AS resembles
FROM measured
ORDER BY dataset, trace, entity_kind, measure
