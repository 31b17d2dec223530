"""zeus-nsdi23: declaration, mapping, errata, claims and sample."""
