"""Distributed key generation.   threshold note 4.5: Feldman, commit and prove as Lindell22 2022/374 §6.1"""

from counterfoil.threshold.dkls.keygen.machine import KeygenMachine

__all__ = ["KeygenMachine"]
