"""Informed search: from the view to learning paths."""
