"""gpu-training-power: declaration, mapping, errata, claims and sample."""
