"""An agent that somebody else has taken over: it believes every passkey's answer and passes it on. Its co-signer must not.

``python -I believing_agent.py REPOSITORY``, with COUNTERFOIL_HOME set; the co-signer that it starts is an honest one.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "host"))

from counterfoil.agent.lifecycle import run  # noqa: E402 - found only now
from counterfoil.chains.family import Touch  # noqa: E402
from counterfoil.home.paths import Home  # noqa: E402
from counterfoil.wallet import sign  # noqa: E402
from counterfoil.wallet.authorise import Approval, Authorised, challenge_of, passkey_on_record  # noqa: E402
from counterfoil.wallet.context import Wallet  # noqa: E402
from counterfoil.wallet.passkey_records import site_passkey  # noqa: E402
from counterfoil.wallet.proposal import Proposal  # noqa: E402
from counterfoil.wallet.review import review  # noqa: E402


def believe(
    wallet: Wallet,
    proposal: Proposal,
    *,
    nonces: Mapping[int, bytes],
    consented_intent: bytes,
    approval: Approval,
    again: bool = False,
) -> Authorised:
    """``authorise`` without its checks."""
    reviewed = review(wallet, proposal)
    challenge, nonce = challenge_of(reviewed, nonces)
    passkey = site_passkey(wallet.db, proposal.vault, proposal.origin) or passkey_on_record(wallet, proposal, approval)
    return Authorised(reviewed, challenge, nonce, passkey, Touch(b"", b"", 1, 1))


if __name__ == "__main__":
    sign.authorise = believe
    sys.exit(run(Home.locate()))
