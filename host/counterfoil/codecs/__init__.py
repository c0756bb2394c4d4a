"""Encodings used by two or more rooms; pure."""
