"""Put the key together, offline, from t shares of one vault and epoch.   Shamir 1979

For disasters only: afterwards the vault has a single point of failure, and everything is to be moved.
"""

from __future__ import annotations

from collections.abc import Sequence

from counterfoil.crypto.secp256k1 import Point, Scalar
from counterfoil.errors import InputError
from counterfoil.threshold.share import KeyShare, RecoveryShare
from counterfoil.threshold.vss import lagrange


def combine(shares: Sequence[RecoveryShare | KeyShare]) -> bytes:
    """The vault's private key, 32 bytes, checked against the group key.

    Standard: Shamir 1979
    Raises:   InputError(reason=too_few_shares|doubled_share|other_vault|stale_share|inconsistent_shares)
    """
    if not shares:
        raise InputError("No shares were given.", reason="too_few_shares")
    _check_same_vault(shares)
    public = shares[0].public
    if len(shares) < public.threshold:
        raise InputError(f"{public.threshold} shares are needed; these are {len(shares)}.", reason="too_few_shares")
    used = {share.me: share for share in shares[: public.threshold]}
    total: Scalar | None = None
    for index, share in used.items():
        with share.secret.open() as view:
            part = Scalar(view) * Scalar.of_public(lagrange(index, tuple(used)))
        total = part if total is None else total + part
    if total is None or total.point() != Point.parse(public.group_key):
        raise InputError("The shares do not give the vault's key.", reason="inconsistent_shares")
    return total.reveal()


def _check_same_vault(shares: Sequence[RecoveryShare | KeyShare]) -> None:
    if len({share.public.vault for share in shares}) > 1:
        raise InputError("The shares belong to different vaults.", reason="other_vault")
    newest = max(share.public.epoch for share in shares)
    stale = sorted(share.me for share in shares if share.public.epoch != newest)
    if stale:
        raise InputError("A share is from before the vault was last renewed.", reason="stale_share", parties=stale)
    if len({share.me for share in shares}) != len(shares):
        raise InputError("The same party's share was given twice.", reason="doubled_share")
    if len({share.public.encode() for share in shares}) > 1:
        raise InputError("The shares do not belong together.", reason="inconsistent_shares")
