"""The characterisations: plain SQL with a declared header, bound and run over a lake."""
