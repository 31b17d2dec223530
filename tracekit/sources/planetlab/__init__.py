"""planetlab: declaration, mapping, errata, claims and sample."""
