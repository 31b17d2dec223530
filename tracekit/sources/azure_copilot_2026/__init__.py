"""azure-copilot-2026: declaration, mapping, errata, claims and sample."""
