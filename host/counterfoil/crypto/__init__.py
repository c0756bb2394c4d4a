"""Typed wrappers of primitives; pure."""
