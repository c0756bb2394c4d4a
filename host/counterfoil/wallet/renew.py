"""A site's passkey is gone, deleted by its page, the browser or the person: the page makes a new one, the home passkey lets
it in, and the request goes on where it was. Nothing but the passkey was lost.   DESIGN §11
"""

from __future__ import annotations

from counterfoil.errors import NotFound, RequestExpired, StateConflict
from counterfoil.store import requests
from counterfoil.types import RequestState
from counterfoil.wallet.connect import ask_to_create
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.passkey_records import site_passkey
from counterfoil.wallet.safe_records import safe_on_record
from counterfoil.wallet.steps import ASSERT_SITE, Step


async def renew(wallet: Wallet, request_id: str) -> Step:
    """While a request waits for the touch in its page: have the page make a new passkey first.

    A page that still has the old one does not make another: the browser says so.

    Raises: StateConflict where no touch is awaited, RequestExpired, NotFound, Locked
    """
    async with wallet.decisions.lock(request_id):
        request = requests.get(wallet.db, request_id)
        wallet.unlocked.key()
        if request.state is not RequestState.CONSENTED or request.vault is None:
            raise StateConflict("This request does not wait for its passkey.", reason="step")
        if wallet.now() >= request.expires_at:
            raise RequestExpired
        old = site_passkey(wallet.db, request.vault, request.origin)
        if old is None:
            raise NotFound("This site has no passkey of its own on record.")
        if safe_on_record(wallet.db, request.vault, request.account or "") is not None:
            raise StateConflict("This Safe belongs to the passkey that it was made with.", reason="safe")
        awaited = wallet.decisions.take(request_id, ASSERT_SITE)
        return ask_to_create(wallet, request, request.vault, old.accounts, exclude=(old.credential_id,), then=awaited)
