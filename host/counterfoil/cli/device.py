"""``counterfoil device list``, ``device pair`` and ``device forget``: other devices of yours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from counterfoil.cli.terminal.command import Yes, command
from counterfoil.cli.terminal.connection import Agent, ask
from counterfoil.cli.terminal.names import choose
from counterfoil.cli.terminal.run import Run
from counterfoil.cli.terminal.words import time_in_words, yes_no
from counterfoil.errors import Cancelled, error_from_dict

if TYPE_CHECKING:
    from counterfoil.protocol.device import Device, PairingView

DeviceName = Annotated[str, typer.Argument(metavar="DEVICE", help="Its name, its identity, or the beginning of it.")]
OwnName = Annotated[
    str | None, typer.Option("--name", metavar="NAME", help="What this device is called on your others.")
]


@command("device", "list")
def list_devices(run: Run) -> None:
    """List the devices that are paired with this one."""
    from counterfoil.protocol.device import DeviceList

    with run.agent() as agent:
        found = ask(agent, DeviceList, "device_list")

    def human() -> None:
        if not found.devices:
            run.screen.say("No other device is paired with this one. To pair one: counterfoil device pair")
            return
        rows = [
            (d.name, d.kind, d.identity[:12], yes_no(d.connected), time_in_words(d.paired_at), _note(d))
            for d in found.devices
        ]
        run.screen.table(("Name", "Kind", "Identity", "Reached", "Paired", ""), rows)

    run.screen.show(found.model_dump(), human)


@command("device", "pair")
def pair(
    run: Run,
    *,
    relay: Annotated[
        str | None, typer.Option(metavar="URL", help="A relay that both devices reach, instead of this computer's own.")
    ] = None,
    name: OwnName = None,
    yes: Yes = False,
) -> None:
    """Pair another device of yours: it reads the code that this one shows.

    On the other device run `counterfoil vault join CODE`. Both show four words; say yes only where they are the same.
    This computer's own relay is for this computer alone, until you run `counterfoil relay share`.
    """
    from counterfoil.protocol.device import OfferParams, PairingView

    with run.agent() as agent:
        pairing = ask(agent, PairingView, "device_offer", OfferParams(relay_url=relay, name=name))
        run.screen.note(
            "On the other device, run:",
            f"  counterfoil vault join {pairing.code}",
            f"The code is good once, until {time_in_words(pairing.expires_at)}.",
        )
        if run.screen.as_json:  # the program that drives this reads the code before the end
            run.screen.err.write(f"{pairing.code}\n")
            run.screen.err.flush()
        paired = finish_pairing(run, agent, pairing, yes=yes, accepts_share=False)
    run.screen.show(
        paired.model_dump(),
        lambda: run.screen.say(
            f"{paired.peer_name} is paired with this device.",
            "To let it take the co-signer's place: open Counterfoil in the browser, and Add a second device.",
        ),
    )


@command("device", "forget")
def forget(run: Run, device: DeviceName, *, yes: Yes = False) -> None:
    """End the pairing with a device. A share of a vault that it holds stays with it."""
    from counterfoil.protocol.device import DeviceIdentity
    from counterfoil.protocol.model import Empty

    with run.agent() as agent:
        found = find_device(agent, device)
        if not yes and not run.keyboard.confirm(f"End the pairing with {found.name}?", instead="--yes"):
            raise Cancelled("Nothing was changed.")
        ask(agent, Empty, "device_forget", DeviceIdentity(identity=found.identity))
    run.screen.show(found.model_dump(), lambda: run.screen.say(f"{found.name} is not paired any more."))


def find_device(agent: Agent, wanted: str) -> Device:
    """Raises: NotFound, InputError"""
    from counterfoil.protocol.device import DeviceList

    return choose(
        wanted,
        ask(agent, DeviceList, "device_list").devices,
        kind="device",
        listed_by="counterfoil device list",
        id_of=lambda d: d.identity.lower(),
        name_of=lambda d: d.name,
    )


def finish_pairing(run: Run, agent: Agent, pairing: PairingView, *, yes: bool, accepts_share: bool) -> PairingView:
    """Wait for the words, have them compared, wait for the other side. Raises: Cancelled, what ended it"""
    from counterfoil.protocol.device import PairingView, WordsParams

    pairing = _until(agent, pairing, {"compare", "failed"})
    run.screen.note(f"{pairing.peer_name} shows four words. Here they are:", f"  {' '.join(pairing.words)}")
    same = yes or run.keyboard.confirm("Does the other device show exactly these words?", instead="--yes")
    params = WordsParams(pairing_id=pairing.pairing_id, same=same, accepts_share=accepts_share and same)
    pairing = ask(agent, PairingView, "device_confirm", params)
    if not same:
        raise Cancelled(
            "The devices were not paired.",
            remedy="If the words differ, someone else may have answered. Make a new code and try again.",
        )
    return _until(agent, pairing, {"paired", "failed"})


def _until(agent: Agent, pairing: PairingView, stages: set[str]) -> PairingView:
    from counterfoil.protocol.device import PairingParams, PairingView

    while pairing.stage not in stages:
        params = PairingParams(pairing_id=pairing.pairing_id, seen=pairing.stage)
        pairing = ask(agent, PairingView, "device_pairing", params)
    if pairing.error is not None:
        raise error_from_dict(pairing.error.model_dump())
    return pairing


def _note(device: Device) -> str:
    return "was put back to an older copy: counterfoil vault refresh" if device.restored else ""
