"""One party's part of one ceremony, in a process of its own.

Secrets come in on standard input and die with the process. What leaves are boxes sealed to the
other parties, effects that the agent must carry out before anything more leaves, and the result.
Nothing is printed, pickled or kept.

agent → worker   begin · joins · box · ack
worker → agent   join · send · effect · round · result · abort
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from counterfoil.agent.ceremony.confinement import confine
from counterfoil.agent.ceremony.jobs import Job, read_job
from counterfoil.agent.ceremony.orders import Invitation, parse_invitation
from counterfoil.codecs.base64url import encode_base64url, parse_base64url
from counterfoil.codecs.frames import MAX_TO_AGENT, encode_frame, parse_frame, read_body
from counterfoil.crypto.identity import Identity
from counterfoil.devices.channel import Dropped, Ephemeral, SessionKeys
from counterfoil.devices.joins import SignedJoin, encode_join, parse_join, sign_join, verify_join
from counterfoil.errors import Bug, InvalidMessage, WalletError
from counterfoil.threshold.machine import Abort, Machine, PersistPoison, Release, Step
from counterfoil.threshold.session import Join, Session


class Worker:
    """Drives one machine between the agent's pipe and the sealed channel."""

    def __init__(self, source: BinaryIO, sink: BinaryIO) -> None:
        self._source = source
        self._sink = sink
        self._others: list[int] = []
        self._early: deque[Mapping[str, Any]] = deque()

    def run(self) -> None:
        """From ``begin`` to ``result`` or ``abort``; end of input at any time ends it silently."""
        begin = self._expect("begin")
        invitation = parse_invitation(begin["invitation"])
        identity = Identity(parse_base64url(begin["identity_seed"]) if begin["identity_seed"] else os.urandom(32))
        ephemeral = Ephemeral(os.urandom(32))
        own = sign_join(
            identity,
            index=int(begin["me"]),
            nonce=os.urandom(32),
            ephemeral=ephemeral.public,
            session_context=invitation.digest(),
        )
        self.say({"kind": "join", "join": encode_base64url(encode_join(own))})
        order = self._expect("joins")
        joins = [parse_join(parse_base64url(text)) for text in order["joins"]]
        session = _session(invitation, own.index, joins)
        channel = SessionKeys(own.index, ephemeral, joins, session.sid)
        self._others = [join.index for join in joins if join.index != own.index]
        job = read_job(order["job"])
        try:
            self._drive(job.machine(session, identity), channel, job)
        finally:
            channel.close()

    def _drive(self, machine: Machine[Any], channel: SessionKeys, job: Job) -> None:
        step = machine.start()
        while True:
            self._carry_out(step, machine, channel)
            if step.result is not None:
                self.say({"kind": "result", "result": job.describe(step.result)})
                return
            step = self._next(machine, channel)

    def _next(self, machine: Machine[Any], channel: SessionKeys) -> Step[Any]:
        while True:
            frame = self._early.popleft() if self._early else self._expect("box")
            sender = int(frame["from"])
            opened = channel.open(sender, parse_base64url(frame["box"]))
            if isinstance(opened, Dropped):
                continue  # anyone on the way can make garbage: it changes nothing
            step = machine.receive(sender, opened.payload, opened.broadcast)
            if step.effects or step.outgoing or step.result is not None:
                return step

    def _carry_out(self, step: Step[Any], machine: Machine[Any], channel: SessionKeys) -> None:
        for effect in step.effects:
            if isinstance(effect, PersistPoison):
                self._ask({"kind": "effect", "effect": "poison", "party": effect.party})
            elif isinstance(effect, Release):
                self._ask({"kind": "effect", "effect": "release"})
            elif isinstance(effect, Abort):
                raise effect.error
        for message in step.outgoing:
            recipients = [message.to] if message.to is not None else self._others
            for to in recipients:
                box = channel.seal(to, message.payload, broadcast=message.to is None)
                self.say({"kind": "send", "to": to, "box": encode_base64url(box)})
        self.say({"kind": "round", "round": step.round, "of": machine.rounds})

    def _ask(self, frame: dict[str, Any]) -> None:
        """The agent's disk comes first: nothing leaves until it acknowledged. Boxes may come in meanwhile."""
        self.say(frame)
        while (answer := self._read())["kind"] == "box":
            self._early.append(answer)
        if answer["kind"] != "ack":
            raise _out_of_order()

    def _expect(self, kind: str) -> Mapping[str, Any]:
        frame = self._read()
        if frame["kind"] != kind:
            raise _out_of_order()
        return frame

    def _read(self) -> Mapping[str, Any]:
        body = read_body(self._source.read)
        if body is None:
            raise EOFError
        frame = parse_frame(body)
        if not isinstance(frame.get("kind"), str):
            raise _out_of_order()
        return frame

    def say(self, frame: dict[str, Any]) -> None:
        """One frame to the agent."""
        self._sink.write(encode_frame(frame, limit=MAX_TO_AGENT))
        self._sink.flush()


def _session(invitation: Invitation, me: int, joins: Sequence[SignedJoin]) -> Session:
    """The session that all joins agree on; each join is checked against the invitation's identity."""
    if [join.index for join in joins] != [party.index for party in invitation.parties]:
        raise InvalidMessage("The devices that joined are not those that were invited.", reason="joins")
    for join in joins:
        expected = invitation.party(join.index).identity
        verify_join(join, identity=expected, session_context=invitation.digest())
    return Session(
        ceremony=invitation.ceremony,
        vault=invitation.vault,
        epoch=invitation.epoch,
        threshold=invitation.threshold,
        joins=tuple(Join(j.index, j.identity, j.nonce, j.ephemeral) for j in joins),
        me=me,
        context=invitation.digest(),
    )


def _out_of_order() -> InvalidMessage:
    return InvalidMessage("The ceremony's process was told something out of order.")


def main() -> None:
    """Run one ceremony and exit. Errors leave as a typed frame, never as a traceback with locals."""
    confine()
    worker = Worker(sys.stdin.buffer, sys.stdout.buffer)
    try:
        worker.run()
    except EOFError:
        return
    except WalletError as error:
        worker.say({"kind": "abort", "error": error.as_dict()})
    except Exception as error:  # noqa: BLE001 - a process border: only the type's name may cross it
        bug = Bug(reason=type(error).__name__)
        worker.say({"kind": "abort", "error": bug.as_dict()})


if __name__ == "__main__":
    main()
