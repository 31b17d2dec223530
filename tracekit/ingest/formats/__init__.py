"""The raw formats, found by listing: a module each with its keys, first bytes, columns, reader, and the way back to a record."""
