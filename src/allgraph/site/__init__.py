"""The site: pages for people, live or static, and what makes them findable."""
