"""intelligence-per-watt: declaration, mapping, errata, claims and sample."""
