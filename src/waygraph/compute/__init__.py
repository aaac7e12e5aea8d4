"""The compute graph: operators, their wiring, and running them."""
