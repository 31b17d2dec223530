"""alibaba-pai-2020: declaration, mapping, errata, claims and sample."""
