"""The environment variables and the exit codes of the command line, for its help and pages."""

from __future__ import annotations

from typing import NamedTuple


class Variable(NamedTuple):
    """An environment variable that the command line reads, and what it does."""

    name: str
    help: str


VARIABLES = (
    Variable("ALLGRAPH_GRAPH", "The graph folder, as --graph."),
    Variable("ALLGRAPH_ENDPOINT", "The address of a SPARQL endpoint, as --endpoint."),
    Variable("ALLGRAPH_USER", "The user for an endpoint; it goes with ALLGRAPH_PASSWORD."),
    Variable("ALLGRAPH_PASSWORD", "The password of that user."),
    Variable("NETRC", "The file of users and passwords by host, if not ~/.netrc."),
    Variable("NO_COLOR", "No colours, if it is set to anything but an empty text."),
    Variable("TERM", "No colours and no progress, if it is “dumb”."),
    Variable("COLUMNS", "The width of the terminal, which tables and texts are wrapped to."),
    Variable("TMPDIR", "The directory for temporary files, if not that of the system."),
)
"""Those that a user sets, in the order of the help."""
INTERNAL = ("_ALLGRAPH_COMPLETE", "COMP_BREAKS", "COMP_LINE", "OPENBLAS_NUM_THREADS")
"""Those that the scripts of shells set, or the command line itself."""
EXIT_CODES = {
    0: "It was done; a question or SELECT without rows is no failure, and warnings are none.",
    1: "The answer is no: an ASK is false, nothing was found, a check or test has failed.",
    2: "Wrong usage or input, or a file or standard output that cannot be written.",
    3: "The engine or an endpoint has failed, or a limit of time, memory or size was met.",
    130: "Interrupted with Ctrl-C; serve and validate --watch, which end so, give 0.",
}
"""What each exit code means."""
