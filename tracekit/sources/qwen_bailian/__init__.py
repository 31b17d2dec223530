"""qwen-bailian: declaration, mapping, errata, claims and sample."""
