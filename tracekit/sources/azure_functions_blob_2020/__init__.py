"""azure-functions-blob-2020: declaration, mapping, errata, claims and sample."""
