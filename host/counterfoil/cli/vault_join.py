"""``counterfoil vault join`` and ``vault agree``: this device becomes, or stays, one of those that share a vault's key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from counterfoil.cli.device import DeviceName, OwnName, find_device, finish_pairing
from counterfoil.cli.terminal.command import PassphraseStdin, Yes, command
from counterfoil.cli.terminal.connection import Agent, ask
from counterfoil.cli.terminal.run import Run
from counterfoil.cli.terminal.sealing import passphrase_slots
from counterfoil.cli.vault import VaultName, find_vault
from counterfoil.errors import Cancelled, Locked, PartyUnavailable

if TYPE_CHECKING:
    from counterfoil.protocol.device import PairingView
    from counterfoil.protocol.vault import Vault

_POLL_SECONDS = 1.0
Wait = Annotated[
    int, typer.Option(min=0, metavar="SECONDS", help="How long to wait for the other device to share its vault.")
]


@command("vault", "join")
def join(
    run: Run,
    code: Annotated[str, typer.Argument(metavar="CODE", help="The code that the other device shows.")],
    *,
    name: OwnName = None,
    wait: Wait = 1800,
    yes: Yes = False,
    passphrase_stdin: PassphraseStdin = False,
) -> None:
    """Share a vault with another device of yours: take the place of its co-signer.

    Asks for a passphrase for this device's share, where it has none yet. Both devices show four words; say yes only
    where they are the same. The rest happens on the other device: its passkey is touched there and a new recovery
    file is saved. From then on a signature takes both devices.
    """
    from counterfoil.protocol.device import JoinParams, PairingView

    run.keyboard.passphrases_from_stdin = passphrase_stdin
    with run.agent() as agent:
        make_ready(run, agent)
        known = {vault.vault_id for vault in _vaults(agent)}
        pairing = ask(agent, PairingView, "device_join", JoinParams(code=code, name=name))
        paired = finish_pairing(run, agent, pairing, yes=yes, accepts_share=True)
        run.screen.note(
            f"Paired with {paired.peer_name}.",
            f"Now go on there: it gives this device a share of its vault. Waiting for {paired.peer_name}…",
        )
        vault = _await_vault(run, agent, known, paired, wait)
    run.screen.show({"vault": vault.model_dump(), "paired_with": paired.model_dump()}, lambda: _say(run, vault, paired))


@command("vault", "agree")
def agree(run: Run, vault: VaultName, device: DeviceName, *, yes: Yes = False) -> None:
    """Let another device of yours change who shares a vault, or renew its shares.

    It counts once, for half an hour.
    This is what the person at this device says; the other device's passkey has to be touched as well.
    """
    from counterfoil.protocol.device import AgreeParams
    from counterfoil.protocol.model import Empty

    with run.agent() as agent:
        found, asking = find_vault(agent, vault), find_device(agent, device)
        question = f"Let {asking.name} change who shares {found.name}, or make its shares anew?"
        if not yes and not run.keyboard.confirm(question, instead="--yes"):
            raise Cancelled("You did not agree. Nothing was changed.")
        ask(agent, Empty, "device_agree", AgreeParams(identity=asking.identity, vault_id=found.vault_id))
    run.screen.show(
        {"vault_id": found.vault_id, "device": asking.identity},
        lambda: run.screen.say(f"Agreed, once, for half an hour. Go on at {asking.name}."),
    )


def make_ready(run: Run, agent: Agent) -> None:
    """A passphrase for this device's share where it has no key slot yet. Raises: Locked"""
    from counterfoil.protocol.lock import LockOptions, LockState
    from counterfoil.protocol.model import Empty
    from counterfoil.protocol.passkey import AddSlotsParams

    options = ask(agent, LockOptions, "lock_options")
    if options.passphrase or options.request_options_json is not None:
        if not ask(agent, LockState, "lock_state").agent_unlocked:
            raise Locked("Counterfoil on this device is locked. Nothing was changed.")
        return
    passphrase = run.keyboard.new_passphrase("Passphrase of Counterfoil on this device")
    ask(agent, Empty, "passkey_addSlots", AddSlotsParams(slots=passphrase_slots(agent, [("agent", passphrase)])))


def _await_vault(run: Run, agent: Agent, known: set[str], paired: PairingView, wait: int) -> Vault:
    """Raises: PartyUnavailable"""
    deadline = run.now() + wait
    while True:
        for vault in _vaults(agent):
            if vault.vault_id not in known and vault.state == "ready":
                return vault
        if run.now() >= deadline:
            raise PartyUnavailable(
                f"{paired.peer_name} has not shared its vault yet. The devices stay paired.",
                remedy="Go on there; then look here with `counterfoil vault list`.",
            )
        run.sleep(_POLL_SECONDS)


def _vaults(agent: Agent) -> list[Vault]:
    from counterfoil.protocol.vault import VaultList

    return ask(agent, VaultList, "vault_list").vaults


def _say(run: Run, vault: Vault, paired: PairingView) -> None:
    run.screen.say(
        f"This device shares {vault.name} now: any {vault.threshold} of its {len(vault.parties)} parties sign together.",
        f"What {paired.peer_name} wants to sign waits here for you: counterfoil request list",
        "To let small amounts go unasked: counterfoil policy set",
    )
