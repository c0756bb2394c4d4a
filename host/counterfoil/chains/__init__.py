"""Chains are rows of data, families are folders."""
