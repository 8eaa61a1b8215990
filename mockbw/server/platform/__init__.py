"""The imitated API, which Bandwidth's own clients call."""
