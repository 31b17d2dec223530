"""mlenergy-v3: declaration, mapping, errata, claims and sample."""
