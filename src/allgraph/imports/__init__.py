"""Import: claims from records of others, by mapping files."""
