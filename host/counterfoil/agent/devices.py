"""Other devices from this one's side: pairing with them, reaching them, letting them go."""

from __future__ import annotations

import platform
import time

from counterfoil.agent.pairings import Pairing, Pairings
from counterfoil.agent.peers import PeerLinks
from counterfoil.crypto.hashes import sha256
from counterfoil.devices.pairing import join_pairing
from counterfoil.devices.pairing_exchange import MAX_NAME, Introduction, Paired
from counterfoil.errors import NotPermitted, RelayUnreachable
from counterfoil.relay.server import RelayServer, serve
from counterfoil.store import log, peers, settings, vaults
from counterfoil.store.peers import Peer
from counterfoil.types import PartyKind
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.device_name import device_name, rename_device
from counterfoil.wallet.passkey_records import home_passkeys
from counterfoil.wallet.reshare_facts import PEER_PASSKEY

_LISTEN = "relay_listen"
AGREED_SECONDS = 30 * 60


class Devices:
    """Implements ``dispatch.context.Devices``. Only a co-signer joins without a person: its person is next to it."""

    def __init__(self, wallet: Wallet, links: PeerLinks, own_relay: str | None) -> None:
        self._wallet = wallet
        self._links = links
        self._own_relay = own_relay
        self._shared: RelayServer | None = None
        self.pairings = Pairings(self._introduction, self._keep, lambda identity: self.agree(identity, None))

    # ── pairing ──────────────────────────────────────────────────────────────────────────────────

    async def offer(self, relay_url: str | None, name: str | None) -> Pairing:
        """Show a code. Raises NotPermitted (a co-signer), RateLimited, InvalidMessage."""
        if self._wallet.role == "cosigner":
            raise NotPermitted("A co-signer pairs with its own computer only.")
        self._rename(name)
        url = relay_url or (self._shared.url if self._shared else None) or self._own_relay
        if url is None:
            raise RelayUnreachable("This device has no relay of its own.")
        return self.pairings.offer(url)

    def join(self, code: str, name: str | None) -> Pairing:
        """Pair with the device that shows ``code``; both people compare words."""
        self._rename(name)
        return self.pairings.join(code)

    async def join_as_cosigner(self, code: str) -> Peer:
        """Without words: both ends are this computer. Raises NotPermitted, PairingRefused, RequestExpired."""
        if self._wallet.role != "cosigner":
            raise NotPermitted("This device is not a co-signer.")
        me = Introduction(self._wallet.identity, "Co-signer on this computer", PartyKind.COSIGNER)
        return await self._pin(await join_pairing(code, me, _yes))

    def agree(self, identity: bytes, vault: str | None) -> None:
        """This device's person lets another one change the parties of a vault, or give this device its first share."""
        until = self._wallet.now() + AGREED_SECONDS
        self._wallet.agreements.give(identity, vault=vault, until=until)
        log.append(
            self._wallet.db, "agreed_to_change", {"by": identity.hex(), "vault": vault or ""}, self._wallet.now()
        )

    # ── links ────────────────────────────────────────────────────────────────────────────────────

    async def reach(self, identity: bytes, relay_url: str) -> None:
        """A peer is found at another relay now. Raises NotFound."""
        known = peers.get(self._wallet.db, identity)
        if known.relay_url != relay_url:
            peers.reach_at(self._wallet.db, identity, relay_url=relay_url, socket_path=known.socket_path)
            await self._links.add(peers.get(self._wallet.db, identity))

    async def forget(self, identity: bytes) -> None:
        """No link with it any more. Raises NotFound."""
        peers.revoke(self._wallet.db, identity, self._wallet.now())
        await self._links.remove(identity)

    def is_near(self, identity: bytes) -> bool:
        """Whether a link stands."""
        return self._links.is_near(identity)

    # ── this computer's relay, beyond this computer ───────────────────────────────────────────────

    async def open_relay(self) -> None:
        """At a start: listen where the person once asked for it."""
        wanted = settings.get(self._wallet.db, _LISTEN)
        if isinstance(wanted, list) and self._shared is None:
            self._shared = await serve(str(wanted[0]), int(wanted[1]))

    async def listen(self, host: str, port: int) -> str:
        """Let devices on that network reach this computer's relay, from now on. Out: its URL. Raises RelayUnreachable."""
        await self._close_relay()
        self._shared = await serve(host, port)
        settings.put(self._wallet.db, _LISTEN, [host, self._shared.port])
        log.append(self._wallet.db, "relay_opened", {"host": host, "port": self._shared.port}, self._wallet.now())
        return self._shared.url

    async def unlisten(self) -> None:
        """Only this computer reaches it."""
        await self._close_relay()
        settings.remove(self._wallet.db, _LISTEN)
        log.append(self._wallet.db, "relay_closed", {}, self._wallet.now())

    @property
    def shared_relay(self) -> str | None:
        """Where others reach this computer's relay, if they may."""
        return self._shared.url if self._shared else None

    async def close(self) -> None:
        """End what goes on."""
        await self.pairings.close()
        await self._close_relay()

    async def _close_relay(self) -> None:
        shared, self._shared = self._shared, None
        if shared is not None:
            await shared.close()

    def _rename(self, name: str | None) -> None:
        if name is not None:
            rename_device(self._wallet.db, name)

    def _introduction(self) -> Introduction:
        wallet = self._wallet
        known = [p for vault in vaults.listed(wallet.db) for p in home_passkeys(wallet.db, vault.id)]
        passkey = sha256(known[0].public_key) if known else None
        return Introduction(
            wallet.identity, device_name(wallet.db, platform.node())[:MAX_NAME], PartyKind.DEVICE, passkey
        )

    async def _keep(self, paired: Paired) -> None:
        settings.put(self._wallet.db, PEER_PASSKEY + paired.identity.hex(), (paired.passkey_hash or b"").hex())
        await self._pin(paired)

    async def _pin(self, paired: Paired) -> Peer:
        peer = Peer(
            identity=paired.identity,
            name=paired.name,
            kind=paired.kind,
            relay_url=paired.relay_url,
            link_secret=paired.link_secret,
            paired_at=int(time.time()),
        )
        peers.pin(self._wallet.db, peer)
        await self._links.add(peer)
        return peer


async def _yes(_words: tuple[str, ...], _name: str) -> bool:
    return True
