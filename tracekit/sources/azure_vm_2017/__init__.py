"""azure-vm-2017: declaration, mapping, errata, claims and sample."""
