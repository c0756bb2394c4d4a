"""``agent_*``: the handshake and the state that every screen begins with."""

from __future__ import annotations

from typing import Literal

from counterfoil.protocol.method import ANYONE, CLI_ONLY, Method
from counterfoil.protocol.model import Base64Url, Count, Empty, HexId, JsonObject, Message, Name, Text

OnboardingStep = Literal["home_passkey", "vault", "recovery_file", "try_it", "done"]


class ProfileProof(Message):
    """What a paired browser profile shows: its id and the token it was given once."""

    profile_id: HexId
    token: Base64Url


class HelloParams(Message):
    """The first call on every connection. ``client`` is stamped by the stub, not by the page."""

    protocols: list[int]
    client: Literal["browser", "cli"]
    version: Text
    schema_sha256: Text | None
    profile: ProfileProof | None


class AgentState(Message):
    """What a client needs to know to draw its first screen."""

    paired: bool
    onboarding: OnboardingStep
    locked: bool
    pending_requests: Count
    cosigner: Literal["none", "starting", "running", "stopped"]
    relay_url: Text | None


class HelloResult(Message):
    """One protocol both sides speak, or the error UnsupportedVersion with what to update."""

    protocol: int
    version: Text
    schema_sha256: Text
    role: Literal["browser", "profile", "cli"]
    state: AgentState


class Diagnosis(Message):
    """One check of the doctor that only the agent can make. ``code`` is stable; ``command`` can be pasted."""

    code: Text
    name: Name
    level: Literal["ok", "note", "wrong"]
    found: Text
    fix: Text | None
    command: Text | None


class DiagnoseResult(Message):
    """The agent's own checks: database, clock, relay, co-signer, recovery file, nodes."""

    checks: list[Diagnosis]
    facts: JsonObject


class TryItResult(Message):
    """Where the bundled test page is served on this computer."""

    url: Text


METHODS = (
    Method("agent_hello", HelloParams, HelloResult, ANYONE),
    Method("agent_state", Empty, AgentState, ANYONE),
    Method("agent_diagnose", Empty, DiagnoseResult, CLI_ONLY),
    Method("agent_tryIt", Empty, TryItResult, ANYONE),
    Method("agent_shutdown", Empty, Empty, CLI_ONLY),
)
