"""alibaba-2018: declaration, mapping, errata, claims and sample."""
