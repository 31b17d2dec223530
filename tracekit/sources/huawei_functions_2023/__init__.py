"""huawei-functions-2023: declaration, mapping, errata, claims and sample."""
