"""mooncake: declaration, mapping, errata, claims and sample."""
