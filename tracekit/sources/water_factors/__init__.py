"""water-factors: declaration, mapping, errata, claims and sample."""
