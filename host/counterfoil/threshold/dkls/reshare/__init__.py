"""Resharing: the same key from (t, n) to (t', n'), with any new set of parties.   threshold note 4.7"""

from counterfoil.threshold.dkls.reshare.machine import Reshared, ReshareMachine

__all__ = ["ReshareMachine", "Reshared"]
