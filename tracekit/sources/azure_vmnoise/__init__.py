"""azure-vmnoise: declaration, mapping, errata, claims and sample."""
