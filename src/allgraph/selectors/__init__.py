"""Records of files of sources: YAML, JSON, CSV, XML, spreadsheets and Parquet.

Every value has a place, by which it is found again, and a line. Scalars are texts as the source has
them: no type is guessed. Files are read as they come, within limits, and nothing outside them is.
"""

from allgraph.selectors.places import Kind, Path, Value, digest, path_of, place_of, text_of
from allgraph.selectors.reading import SUFFIXES, read, reopen
from allgraph.selectors.records import Options, Record

__all__ = [
    "SUFFIXES",
    "Kind",
    "Options",
    "Path",
    "Record",
    "Value",
    "digest",
    "path_of",
    "place_of",
    "read",
    "reopen",
    "text_of",
]
