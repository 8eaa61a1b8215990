"""The bodies that the control API accepts and returns, which are also its OpenAPI schemas."""
