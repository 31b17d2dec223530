"""us-water: declaration, mapping, errata, claims and sample."""
