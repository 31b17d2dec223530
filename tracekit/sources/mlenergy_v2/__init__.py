"""mlenergy-v2: declaration, mapping, errata, claims and sample."""
