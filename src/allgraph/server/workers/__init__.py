"""Worker processes that answer for the server."""
