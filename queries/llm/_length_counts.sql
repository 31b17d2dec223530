/* ---
title = "Counts of lengths"
question = "How many requests have each length?"
reads = ["llm_request"]
source = "docs/definitions.md"

[params.field]
type = "VARCHAR"
default = "both"
choices = ["both", "input", "output"]
unit = "name"
text = "Which lengths."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
field = { unit = "name", text = "input or output." }
tokens = { unit = "tokens", text = "Length." }
n = { unit = "1", text = "Requests of this length." }
--- */
SELECT
    dataset,
    trace,
    'input' AS field,
    input_tokens AS tokens,
    count(*) AS n
FROM llm_request
WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
    AND input_tokens IS NOT NULL AND $field IN ('both', 'input')
GROUP BY dataset, trace, input_tokens
UNION ALL
SELECT
    dataset,
    trace,
    'output' AS field,
    output_tokens AS tokens,
    count(*) AS n
FROM llm_request
WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
    AND output_tokens IS NOT NULL AND $field IN ('both', 'output')
GROUP BY dataset, trace, output_tokens
