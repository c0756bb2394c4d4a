"""The shared key as everyone computes it from the dealers' commitments.   Feldman 1987"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from counterfoil.crypto.secp256k1 import Point, Scalar
from counterfoil.errors import InvalidEncoding
from counterfoil.threshold.dkls.sharing.setting import Setting
from counterfoil.threshold.machine import Fault, ban, unnamed
from counterfoil.threshold.vss import point_at


def group_of(
    setting: Setting, rows: Mapping[int, Sequence[Point]], members: Iterable[int]
) -> tuple[Point, dict[int, Point]]:
    """pk = Σ A_{i,0}, and X_j of every member. Standard: threshold note 4.5. Raises: Fault(group_key)"""
    try:
        sums = [Point.sum(row[k] for row in rows.values()) for k in range(setting.session.threshold)]
        return sums[0], {party: point_at(sums, party) for party in members}
    except InvalidEncoding:
        raise Fault(unnamed(setting.parties, 3, "group_key")) from None


def check_dealt(setting: Setting, rows: Mapping[int, Sequence[Point]], dealt: Mapping[int, Scalar]) -> None:
    """f_j(me)·G = Σ me^k·A_{j,k} for each dealer j. Standard: Feldman 1987. Raises: Fault(share)"""
    wrong = [party for party, share in dealt.items() if not _is_on(rows[party], setting.parties.me, share)]
    if wrong:
        raise Fault(ban(setting.parties, 3, wrong, "share"))


def _is_on(commitments: Sequence[Point], me: int, share: Scalar) -> bool:
    try:
        return share.point() == point_at(commitments, me)
    except InvalidEncoding:
        return False
