"""azure-llm-2024: declaration, mapping, errata, claims and sample."""
