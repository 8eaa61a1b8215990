"""Media files: what the platform keeps, and what it fetches."""
