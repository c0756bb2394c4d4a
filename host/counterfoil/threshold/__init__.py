"""Threshold keys as sans-IO machines: time, randomness and policy are arguments."""
