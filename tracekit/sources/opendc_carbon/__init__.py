"""opendc-carbon: declaration, mapping, errata, claims and sample."""
