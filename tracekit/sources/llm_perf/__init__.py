"""llm-perf: declaration, mapping, errata, claims and sample."""
