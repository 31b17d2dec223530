"""energy-mix: declaration, mapping, errata, claims and sample."""
