"""The bodies that the control API takes and returns, which are also its OpenAPI schemas."""
