"""SPARQL: syntax, engines, answers and named questions."""
