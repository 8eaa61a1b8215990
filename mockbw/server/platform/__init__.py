"""The imitated API: what Bandwidth's own clients talk to."""
