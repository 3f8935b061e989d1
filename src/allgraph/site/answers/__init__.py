"""Answers to questions as pages show them, and what pages need to answer by themselves."""
