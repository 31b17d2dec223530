/* ---
title = "Prefix reuse"
question = "How much of the prompts could come from a prefix cache, and how large must it be?"
reads = ["llm_request"]
requires = ["llm_request.prefix_blocks"]
compute = "prefix.prefix_reuse"
source = "Leading run of blocks present before the request; LRU by stack distances (Mattson et al. 1970); the definition of Mooncake, FAST 2025, leaves block, token and request ratios apart"
key = ["dataset", "trace", "capacity_blocks"]
chart = { kind = "bar", x = "block_hit_ratio", y = "trace", color = "dataset" }
finding = { pick = "block_hit_ratio DESC NULLS LAST", text = "{dataset}/{trace} has the most to reuse: at best {block_hit_ratio} of its blocks are hits." }
n = { column = "requests", over = ["dataset", "trace"] }

[params.capacities_blocks]
type = "BIGINT[]"
default = []
unit = "1"
text = "Sizes of LRU caches; the infinite cache is always given."

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
capacity_blocks = { unit = "1", text = "Blocks that the cache holds; NULL: without a limit." }
requests = { unit = "1", text = "Requests with blocks." }
blocks = { unit = "1", text = "Blocks of all their prompts." }
hit_blocks = { unit = "1", text = "Blocks in the leading run of each prompt that was in the cache before the request." }
block_hit_ratio = { unit = "ratio", text = "Hit blocks over blocks." }
token_hit_ratio = { unit = "ratio", text = "Hit tokens over prompt tokens; NULL where blocks have no fixed size." }
request_hit_ratio = { unit = "ratio", text = "Mean over requests of the share of the prompt's tokens that are hits." }
--- */
SELECT
    dataset,
    trace,
    input_tokens,
    block_tokens,
    prefix_blocks
FROM llm_request
WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
    AND len(prefix_blocks) > 0
ORDER BY dataset, trace, arrived_us NULLS LAST, source_row
