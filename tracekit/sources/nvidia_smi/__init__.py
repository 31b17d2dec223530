"""nvidia-smi: declaration, mapping, errata, claims and sample."""
