"""itu-5g-energy: declaration, mapping, errata, claims and sample."""
