"""The model of claims: vocabulary, dates, sentences, and the triples derived from claims."""
