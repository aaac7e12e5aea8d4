"""``python -m waygraph``."""

from waygraph.app.cli import main

main()
