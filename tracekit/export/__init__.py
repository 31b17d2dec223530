"""Replay files: one trace of the lake in the format that a load generator or a simulator reads, with a record of what was changed."""
