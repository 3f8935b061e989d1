"""Validation by SHACL: shapes compiled to operations on columns, and pySHACL, the reference."""
