"""What a claim is: its vocabulary, dates, sentences, and what is derived from it."""
