"""google-2011: declaration, mapping, errata, claims and sample."""
