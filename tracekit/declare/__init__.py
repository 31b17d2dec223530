"""One strict, typed loader for everything that is declared in TOML: schemas, sources, mappings, query headers, pages."""
