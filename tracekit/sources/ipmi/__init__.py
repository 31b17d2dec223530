"""ipmi: declaration, mapping, errata, claims and sample."""
