"""Azure Functions blob accesses 2020 → blob_access."""

import polars as pl


def blob_access(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Maps accesses; instants are milliseconds. Sizes are printed as decimals and are whole. The blob's version is AnonBlobETag."""
    return raw.select(
        "source_row",
        # Of 64 bits the product would wrap in silence; beyond them the record is set aside.
        occurred_us=(pl.col("Timestamp").cast(pl.Int128) * 1000).cast(pl.Int64),
        region="AnonRegion",
        user_id="AnonUserId",
        app_id="AnonAppName",
        request_id="AnonFunctionInvocationId",
        blob_id="AnonBlobName",
        blob_type="BlobType",
        blob_version="AnonBlobETag",
        blob_bytes=pl.col("BlobBytes").round().cast(pl.Int64),
        is_read="Read",
        is_write="Write",
    )
