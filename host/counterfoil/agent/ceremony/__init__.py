"""Ceremonies: rounds among parties, each party's secrets in a short-lived process of its own."""
