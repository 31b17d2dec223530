"""tracelab: declaration, mapping, errata, claims and sample."""
