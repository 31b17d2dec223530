"""melt: declaration, mapping, errata, claims and sample."""
