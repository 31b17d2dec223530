"""perfcastdb: declaration, mapping, errata, claims and sample."""
