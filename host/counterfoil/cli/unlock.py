"""``counterfoil unlock``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterfoil.cli.terminal.command import PassphraseStdin, command
from counterfoil.cli.terminal.connection import Agent, ask
from counterfoil.cli.terminal.run import Run
from counterfoil.cli.terminal.sealing import passphrase_slots
from counterfoil.cli.terminal.words import time_in_words
from counterfoil.errors import WindowNeeded, WrongPassphrase

if TYPE_CHECKING:
    from counterfoil.protocol.lock import LockOptions, LockState, Recipient


@command("unlock")
def unlock(run: Run, *, passphrase_stdin: PassphraseStdin = False) -> None:
    """Unlock with passphrases.

    Asks for two, in this order: of this computer, of its co-signer. A wallet that opens with a passkey is unlocked in the browser.
    """
    from counterfoil.protocol.lock import LockOptions

    run.keyboard.passphrases_from_stdin = passphrase_stdin
    with run.agent() as agent:
        options = ask(agent, LockOptions, "lock_options")
        state = unlock_with(run, agent, options)
    run.screen.show(state.model_dump(), lambda: _say(run, state, has_cosigner=options.cosigner))


def unlock_with(run: Run, agent: Agent, options: LockOptions) -> LockState:
    """Ask for the passphrases and hand them over, sealed. Raises: WindowNeeded, WrongPassphrase"""
    from counterfoil.protocol.lock import LockState, UnlockParams

    if not options.passphrase:
        raise WindowNeeded(
            "This wallet has no passphrase to unlock it with. Nothing was changed.",
            remedy="Unlock it with your passkey in the browser; or make a vault first: `counterfoil setup`.",
        )
    secrets: list[tuple[Recipient, str]] = [
        ("agent", run.keyboard.passphrase("Passphrase of Counterfoil on this computer"))
    ]
    if options.cosigner:
        secrets.append(("cosigner", run.keyboard.passphrase("Passphrase of the co-signer on this computer")))
    try:
        return ask(agent, LockState, "lock_unlock", UnlockParams(secrets=passphrase_slots(agent, secrets)))
    except WrongPassphrase:
        raise WrongPassphrase(
            "A passphrase is not the right one. Nothing was signed.",
            remedy="Try again: first the passphrase of this computer, then that of its co-signer, where it has one.",
        ) from None


def _say(run: Run, state: LockState, *, has_cosigner: bool) -> None:
    if state.agent_unlocked and not has_cosigner:
        run.screen.say("Counterfoil on this computer is unlocked.")
    elif state.agent_unlocked and state.cosigner_unlocked:
        run.screen.say("Counterfoil and its co-signer on this computer are unlocked.")
    elif state.agent_unlocked:
        run.screen.say("Counterfoil on this computer is unlocked; its co-signer is not.")
    else:
        run.screen.say("Counterfoil is still locked.")
    if state.idle_lock_at is not None:
        run.screen.say(f"If nobody uses it, it locks again at {time_in_words(state.idle_lock_at)}.")
