"""Checks by SHACL: pySHACL as the reference, and shapes compiled to operations on columns."""
