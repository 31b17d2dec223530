"""burstgpt: declaration, mapping, errata, claims and sample."""
