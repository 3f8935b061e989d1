"""``python -m allgraph``."""

from allgraph.cli import main

main()
