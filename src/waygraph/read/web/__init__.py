"""Articles: fetched politely, kept as WARC records, read as documents."""
