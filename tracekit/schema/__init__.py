"""One declaration of tables and columns, rendered for each engine."""
