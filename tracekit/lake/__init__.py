"""The lake: Parquet by table, dataset and trace, with manifests, rejects and a DuckDB catalog."""
