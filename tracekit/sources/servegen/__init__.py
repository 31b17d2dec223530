"""servegen: declaration, mapping, errata, claims and sample."""
