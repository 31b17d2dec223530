"""aws-wue-2024: declaration, mapping, errata, claims and sample."""
