"""Vaults made by our own key generation, repeatable, each made once per test process."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from counterfoil.threshold.dkls.keygen import KeygenMachine
from counterfoil.threshold.dkls.sign import SignMachine
from counterfoil.threshold.share import KeyShare
from tests.fakes.ceremony import SeededRng, fake_sign, fake_verify, run, session_of

DIGEST = bytes(range(32))
PATH = (44, 60, 0, 0, 0)


def keygen_machines(
    threshold: int, count: int, *, recovery: Iterable[int] = (), label: str = "", context: bytes = b""
) -> dict[int, KeygenMachine]:
    """Machines of parties 1..count; those in ``recovery`` will not sign."""
    indices = tuple(range(1, count + 1))
    return {
        me: KeygenMachine(
            session_of(indices, me, threshold=threshold, ceremony="keygen", label=label, context=context),
            ot_parties=frozenset(indices) - frozenset(recovery),
            sign_identity=fake_sign(me),
            verify_identity=fake_verify,
            rng=SeededRng(f"keygen {threshold} {count} {me} {label}"),
        )
        for me in indices
    }


@cache
def vault(threshold: int, count: int, recovery: tuple[int, ...] = (), label: str = "") -> dict[int, KeyShare]:
    """The shares of a vault, by party."""
    return run(keygen_machines(threshold, count, recovery=recovery, label=label)).results


def sign_machine(shares: dict[int, KeyShare], signers: tuple[int, ...], me: int, **changes: Any) -> SignMachine:
    """One signer's machine; ``changes`` override its arguments, or ``label`` the session."""
    label = changes.pop("label", "")
    threshold = shares[me].public.threshold
    session = changes.pop("session", None) or session_of(signers, me, threshold=threshold, label=label)
    arguments: dict[str, Any] = {
        "path": PATH,
        "digest": DIGEST,
        "poisoned": frozenset(),
        "rng": SeededRng(f"sign {signers} {me} {label}"),
    }
    return SignMachine(session, shares[me], **{**arguments, **changes})


def sign_machines(shares: dict[int, KeyShare], signers: tuple[int, ...], **changes: Any) -> dict[int, SignMachine]:
    """All signers' machines."""
    return {me: sign_machine(shares, signers, me, **changes) for me in signers}
