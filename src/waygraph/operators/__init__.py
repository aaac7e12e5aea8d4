"""The operators that come with waygraph: documents to annotations."""
