"""Typed YAML documents: read with positions, checked, explained. Knows nothing about scenarios."""
