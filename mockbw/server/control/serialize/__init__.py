"""Accounts, messages and entries as the bodies that the control API returns."""
