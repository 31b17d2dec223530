"""azure-lmm-2025: declaration, mapping, errata, claims and sample."""
