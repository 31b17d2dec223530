"""What changed between two releases: columns, rows, distributions."""
