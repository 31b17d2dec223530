"""zeus-monitor: declaration, mapping, errata, claims and sample."""
