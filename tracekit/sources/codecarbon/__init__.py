"""codecarbon: declaration, mapping, errata, claims and sample."""
