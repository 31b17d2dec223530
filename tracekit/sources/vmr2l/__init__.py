"""vmr2l: declaration, mapping, errata, claims and sample."""
