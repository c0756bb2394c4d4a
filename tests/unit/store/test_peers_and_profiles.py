"""Who may talk to this agent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from counterfoil.errors import AlreadyExists, LogBroken, NotFound, NotPaired, StorageError
from counterfoil.store import identity, peers, profiles
from counterfoil.store.peers import Peer
from counterfoil.types import PartyKind

PEER = Peer(b"\x05" * 32, "phone", PartyKind.DEVICE, "ws://127.0.0.1:7", b"\x06" * 32, 10)


def pair(db, rng, name="Work"):
    return profiles.create(db, name=name, browser="chromium", extension_id="x" * 32, rng=rng, now=10)


def test_a_profile_is_known_by_its_token(db, rng):
    (one, one_token), (two, two_token) = pair(db, rng), pair(db, rng, "Home")
    assert profiles.authenticate(db, one_token, 20).id == one.id
    assert profiles.authenticate(db, two_token, 20).id == two.id
    assert {profile.name for profile in profiles.listed(db)} == {"Work", "Home"}


@pytest.mark.parametrize("wrong", [b"", bytes(32), b"\xff" * 32])
def test_refuses_any_other_token(db, rng, wrong):
    _, token = pair(db, rng)
    for attempt in (wrong, token[:-1], token + b"\0", token[:-1] + bytes([token[-1] ^ 1])):
        with pytest.raises(NotPaired):
            profiles.authenticate(db, attempt, 20)


def test_refuses_a_revoked_profile(db, rng):
    profile, token = pair(db, rng)
    profiles.revoke(db, profile.id, 30)
    profiles.revoke(db, profile.id, 40)
    with pytest.raises(NotPaired):
        profiles.authenticate(db, token, 50)
    assert profiles.listed(db)[0].revoked_at == 30
    with pytest.raises(NotFound):
        profiles.revoke(db, "nobody", 1)


def test_never_keeps_a_token(db, rng, path):
    _, token = pair(db, rng)
    db.close()
    assert token not in path.read_bytes()


def test_notes_when_a_profile_was_seen_but_not_every_time(db, rng):
    _, token = pair(db, rng)
    for now, noted in ((100, 100), (130, 100), (160, 160)):
        profiles.authenticate(db, token, now)
        assert profiles.listed(db)[0].last_seen_at == noted


def test_the_identity_is_drawn_once(db, rng):
    first = identity.load_or_create(db, rng, 1)
    assert identity.load_or_create(db, rng, 2) == first
    assert len(first.seed) == 32 and first.seed.hex() not in repr(first) and repr(first.seed) not in repr(first)


def test_keeps_a_peer_whole(db):
    peers.add(db, PEER)
    assert peers.get(db, PEER.identity) == PEER
    assert peers.paired(db) == [PEER]
    assert repr(PEER.link_secret) not in repr(PEER)
    with pytest.raises(AlreadyExists):
        peers.add(db, PEER)


def test_a_revoked_peer_is_not_met_again(db):
    peers.add(db, PEER)
    peers.revoke(db, PEER.identity, 30)
    assert peers.paired(db) == []
    assert peers.get(db, PEER.identity) == replace(PEER, revoked_at=30)


def test_a_peer_can_move(db):
    peers.add(db, PEER)
    peers.reach_at(db, PEER.identity, relay_url="wss://relay.example", socket_path="/run/x")
    moved = peers.get(db, PEER.identity)
    assert (moved.relay_url, moved.socket_path) == ("wss://relay.example", "/run/x")


def test_an_unknown_peer_is_not_found(db):
    for use in (
        lambda: peers.get(db, bytes(32)),
        lambda: peers.revoke(db, bytes(32), 1),
        lambda: peers.reach_at(db, bytes(32), relay_url="x", socket_path=None),
        lambda: peers.witness(db, bytes(32), 1, b"\x01" * 32),
    ):
        with pytest.raises(NotFound):
            use()


def test_witnesses_the_highest_head(db):
    peers.add(db, PEER)
    peers.witness(db, PEER.identity, 0, bytes(32))
    peers.witness(db, PEER.identity, 5, b"\x05" * 32)
    peers.witness(db, PEER.identity, 5, b"\x05" * 32)
    peers.witness(db, PEER.identity, 9, b"\x09" * 32)
    assert peers.get(db, PEER.identity).head_seq == 9


@pytest.mark.parametrize(
    ("seq", "head", "reason"),
    [(8, b"\x08" * 32, "behind"), (0, bytes(32), "behind"), (9, b"\x08" * 32, "forked")],
)
def test_tells_a_restored_peer(db, seq, head, reason):
    peers.add(db, PEER)
    peers.witness(db, PEER.identity, 9, b"\x09" * 32)
    with pytest.raises(LogBroken) as broken:
        peers.witness(db, PEER.identity, seq, head)
    assert broken.value.word == reason
    assert peers.get(db, PEER.identity).head_hash == b"\x09" * 32
    with pytest.raises(StorageError) as rule:
        db.execute("UPDATE peers SET head_seq = ?, head_hash = ?", (seq, head))
    assert rule.value.word == "head_goes_back"
