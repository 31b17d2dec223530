"""sebs: declaration, mapping, errata, claims and sample."""
