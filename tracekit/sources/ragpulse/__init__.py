"""ragpulse: declaration, mapping, errata, claims and sample."""
