"""bitbrains: declaration, mapping, errata, claims and sample."""
