"""azure-functions-2021: declaration, mapping, errata, claims and sample."""
