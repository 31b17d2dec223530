"""From raw files to the lake: plan, read, map, check, sort, commit."""
