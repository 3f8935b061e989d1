"""RDF and nothing of our model: terms, formats, files, Turtle, canonical labels."""
