"""Media files: the platform's store, and the fetching of media URLs."""
