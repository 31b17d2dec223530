"""The targets, one file each, found by listing: ``open_target(place)`` gives a ``Target``."""
