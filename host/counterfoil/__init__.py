"""Counterfoil: a wallet whose every signature takes a passkey and key shares."""

__version__ = "0.1.0"

PROTOCOL_VERSION = 1
"""The wire of ``protocol/``; here because the stub names it too and can't import models."""
