"""google-2019: declaration, mapping, errata, claims and sample."""
