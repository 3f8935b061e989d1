"""Changes: how the claims of two states differ."""
