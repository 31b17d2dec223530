/* ---
title = "Functions per user and application"
question = "How many functions does a user or an application have?"
reads = ["function_invocation", "function_rate", "function_profile", "cold_start"]
requires = ["function_invocation.function_id | function_rate.function_id | function_profile.function_id | cold_start.function_id"]
source = "Shahrad et al., ATC 2020 (functions per application); EuroSys 2025 (functions per user); functions that are listed, invoked or started"
key = ["dataset", "trace", "owner"]
chart = { kind = "bar", x = "one_share", y = "trace", color = "owner" }
finding = { pick = "CASE WHEN functions > owners THEN owners END DESC NULLS LAST", text = "{one_share:.0%} of the {owners} {owner}s of {dataset}/{trace} have a single function; the largest has {functions_max}." }
n = { column = "owners" }

[columns]
dataset = { unit = "id", text = "Source id." }
trace = { unit = "id", text = "One continuous recording on one clock." }
owner = { unit = "name", text = "user or app." }
owners = { unit = "1", text = "Users (applications) with a function." }
functions = { unit = "1", text = "Functions." }
one_share = { unit = "ratio", text = "Share of owners with one function." }
up_to_ten_share = { unit = "ratio", text = "Share of owners with at most ten." }
functions_p50 = { unit = "1", text = "Median of functions per owner." }
functions_p99 = { unit = "1", text = "99th percentile of functions per owner." }
functions_max = { unit = "1", text = "Most functions of one owner." }
--- */
WITH functions AS (
    SELECT DISTINCT dataset, trace, app_id, function_id, user_id
    FROM function_invocation
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
    UNION
    SELECT DISTINCT dataset, trace, app_id, function_id, user_id
    FROM function_rate
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
    UNION
    SELECT DISTINCT dataset, trace, app_id, function_id, user_id
    FROM function_profile
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
    UNION
    SELECT DISTINCT dataset, trace, CAST(NULL AS VARCHAR) AS app_id, function_id, user_id
    FROM cold_start
    WHERE dataset = coalesce($dataset, dataset) AND trace = coalesce($trace, trace)
),

owners AS (
    SELECT
        dataset,
        trace,
        'user' AS owner,
        count(DISTINCT coalesce(app_id, '') || '/' || function_id) AS functions
    FROM functions
    WHERE user_id IS NOT NULL AND function_id IS NOT NULL
    GROUP BY dataset, trace, user_id
    UNION ALL
    SELECT
        dataset,
        trace,
        'app' AS owner,
        count(DISTINCT function_id) AS functions
    FROM functions
    WHERE app_id IS NOT NULL AND function_id IS NOT NULL
    GROUP BY dataset, trace, app_id
)

SELECT
    dataset,
    trace,
    owner,
    count(*) AS owners,
    CAST(sum(functions) AS BIGINT) AS functions,
    avg(CAST(functions = 1 AS INTEGER)) AS one_share,
    avg(CAST(functions <= 10 AS INTEGER)) AS up_to_ten_share,
    quantile_cont(functions, 0.5) AS functions_p50,
    quantile_cont(functions, 0.99) AS functions_p99,
    max(functions) AS functions_max
FROM owners
GROUP BY dataset, trace, owner
ORDER BY dataset, trace, owner
