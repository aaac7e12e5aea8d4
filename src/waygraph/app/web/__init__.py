"""The local web server: a page, an HTTP API and a SPARQL endpoint over one workspace."""
