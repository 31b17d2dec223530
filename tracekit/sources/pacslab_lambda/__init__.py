"""pacslab-lambda: declaration, mapping, errata, claims and sample."""
