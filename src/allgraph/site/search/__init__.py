"""The search of a site: what can be found, and the index that the pages of a static site read."""
