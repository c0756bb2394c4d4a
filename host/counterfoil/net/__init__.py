"""Thin access to the network: time limits and one map of foreign errors."""
