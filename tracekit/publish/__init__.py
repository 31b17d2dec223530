"""Releases: an immutable folder built from a lake, gated, checked, put to a target, verified and rebuilt."""
