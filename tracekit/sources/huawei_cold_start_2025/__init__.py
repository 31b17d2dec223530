"""huawei-cold-start-2025: declaration, mapping, errata, claims and sample."""
