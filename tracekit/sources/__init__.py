"""The datasets that tracekit can ingest: one folder each, found by listing, never registered."""
