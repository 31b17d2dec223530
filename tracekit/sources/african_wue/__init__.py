"""african-wue: declaration, mapping, errata, claims and sample."""
