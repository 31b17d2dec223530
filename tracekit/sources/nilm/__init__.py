"""nilm: declaration, mapping, errata, claims and sample."""
