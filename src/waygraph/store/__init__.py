"""The datagraph: annotations to RDF and back."""
