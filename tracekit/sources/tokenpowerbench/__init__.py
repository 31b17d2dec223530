"""tokenpowerbench: declaration, mapping, errata, claims and sample."""
