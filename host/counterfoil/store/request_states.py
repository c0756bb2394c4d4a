"""Which moves a request may make.   DESIGN §5

PROPOSED → CONSENTED → APPROVED → RELEASED → SIGNED → SENT → FINAL. Until RELEASED it may still be
refused, expire or fail; from RELEASED on a signature may exist, so it is only ever finished or proven dead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from counterfoil.types import RequestState as S

PENDING = frozenset({S.PROPOSED, S.CONSENTED, S.APPROVED})
"""Nothing can have been signed."""

HOLDING = frozenset({S.RELEASED, S.SIGNED, S.SENT})
"""A signature may be out: nonce and inputs stay held."""

OVER = frozenset({S.FINAL, S.REFUSED, S.EXPIRED, S.FAILED, S.DEAD})
"""Nothing more will happen."""

_STOPPED = frozenset({S.REFUSED, S.EXPIRED, S.FAILED})

_MOVES: Mapping[S, frozenset[S]] = MappingProxyType(
    {
        S.PROPOSED: frozenset({S.CONSENTED, S.APPROVED}) | _STOPPED,
        S.CONSENTED: frozenset({S.APPROVED}) | _STOPPED,
        S.APPROVED: frozenset({S.RELEASED, S.FINAL}) | _STOPPED,
        S.RELEASED: frozenset({S.SIGNED, S.DEAD}),
        S.SIGNED: frozenset({S.SENT, S.FINAL, S.DEAD}),
        S.SENT: frozenset({S.FINAL, S.DEAD}),
    }
)


def is_move_allowed(from_states: Iterable[S], to: S) -> bool:
    """Whether each of ``from_states`` may become ``to``. Staying, to change a column, is allowed until it is over."""
    return all(to in _MOVES.get(state, ()) or (to is state and state not in OVER) for state in from_states)
