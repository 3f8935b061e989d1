"""What a claim rests on: citations, and the words of sources."""
