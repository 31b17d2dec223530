"""gpperf: declaration, mapping, errata, claims and sample."""
