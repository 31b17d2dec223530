"""ibm-code-engine-2026: declaration, mapping, errata, claims and sample."""
