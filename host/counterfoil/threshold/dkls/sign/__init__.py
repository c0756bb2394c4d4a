"""Signing with exactly t parties.   2023/765 Protocol 3.6"""

from counterfoil.threshold.dkls.sign.machine import SignMachine

__all__ = ["SignMachine"]
