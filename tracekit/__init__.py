"""tracekit: public workload traces under one schema, one clock and one query layer."""
