"""apex: declaration, mapping, errata, claims and sample."""
