"""SPARQL endpoints: requests, retries, paging and updates."""
