"""A committed polynomial and its opening.   threshold note 4.5, R1 and R2; Lindell22 2022/374 §6.1

content = t ‖ A_0…A_{t-1} ‖ a proof of knowledge for every coefficient ‖ tail; the opening is content ‖ salt
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from counterfoil.crypto.secp256k1 import Point
from counterfoil.errors import InvalidEncoding
from counterfoil.threshold.commit import SALT_LENGTH, is_opening
from counterfoil.threshold.dkls.sharing.setting import Setting
from counterfoil.threshold.machine import Fault, Parties, ban
from counterfoil.threshold.proofs import PROOF_LENGTH, Proof, is_proof, parse_proof, prove
from counterfoil.threshold.vss import Polynomial
from counterfoil.threshold.wire import Layout, encode_points, parse_points, split


@dataclass(frozen=True, slots=True)
class Opening:
    """What a dealer opened, read and not yet checked."""

    points: tuple[Point, ...]
    proofs: tuple[Proof, ...]
    tail: bytes
    content: bytes
    salt: bytes


def layout(threshold: int, tail: int = 0) -> Layout:
    """Fields of an opening. Standard: threshold note 4.5"""
    return (
        ("count", 1),
        ("coefficients", 33 * threshold),
        ("proofs", PROOF_LENGTH * threshold),
        ("tail", tail),
        ("salt", SALT_LENGTH),
    )


def content_of(setting: Setting, polynomial: Polynomial, tail: bytes = b"") -> bytes:
    """What is committed to, with a proof for every coefficient. Standard: threshold note 4.5, R2"""
    sid, me, rng = setting.parties.sid, setting.parties.me, setting.rng
    coefficients = polynomial.coefficients
    proofs = [prove(coefficient, sid, me, k, rng).encode() for k, coefficient in enumerate(coefficients)]
    return b"".join([bytes([len(coefficients)]), encode_points(polynomial.commitments()), *proofs, tail])


def parse_opening(threshold: int, body: bytes, tail: int = 0) -> Opening:
    """Exactly t points and t proofs, all canonical. Standard: threshold note 4.5. Raises: InvalidEncoding"""
    count, points, proofs, rest, salt = split(layout(threshold, tail), body)
    if count[0] != threshold:
        raise InvalidEncoding("The polynomial has another degree.", reason="count")
    parsed = tuple(parse_proof(proofs[at : at + PROOF_LENGTH]) for at in range(0, len(proofs), PROOF_LENGTH))
    return Opening(parse_points(points), parsed, rest, body[:-SALT_LENGTH], salt)


def check_openings(parties: Parties, openings: Mapping[int, Opening], commitments: Mapping[int, bytes]) -> None:
    """Each opens its commitment and every proof holds. Standard: threshold note 4.5, R2. Raises: Fault"""
    closed = [party for party, opening in openings.items() if not _opens(parties, party, opening, commitments)]
    if closed:
        raise Fault(ban(parties, 2, closed, "commitment"))
    unproven = [party for party, opening in openings.items() if not _is_proven(parties, party, opening)]
    if unproven:
        raise Fault(ban(parties, 2, unproven, "proof"))


def _opens(parties: Parties, party: int, opening: Opening, commitments: Mapping[int, bytes]) -> bool:
    return is_opening(commitments[party], parties.sid, party, opening.content, opening.salt)


def _is_proven(parties: Parties, party: int, opening: Opening) -> bool:
    pairs = zip(opening.points, opening.proofs, strict=True)
    return all(is_proof(proof, point, parties.sid, party, k) for k, (point, proof) in enumerate(pairs))
