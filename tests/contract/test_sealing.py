"""The page seals with WebCrypto what the agent opens with ``cryptography``: one box format, two implementations."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path

import pytest

from counterfoil.crypto.hpke import HpkeReceiver
from counterfoil.errors import InvalidMessage

REPOSITORY = Path(__file__).resolve().parents[2]
INFO = b"counterfoil/seal/1"
SCRIPT = """
import { seal } from "./extension/ui/hpke.js";
import { fromBase64Url, toBase64Url } from "./extension/ui/bytes.js";
const [key, plaintext, aad] = JSON.parse(process.argv[1]).map(fromBase64Url);
process.stdout.write(toBase64Url(await seal(key, plaintext, aad)));
"""


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def seal_in_javascript(public_key: bytes, plaintext: bytes, aad: bytes) -> bytes:
    beside = Path(sys.executable).parent / "node"
    node = str(beside) if beside.is_file() else shutil.which("node")
    if node is None:
        pytest.skip("NOT TESTED: there is no node")
    arguments = json.dumps([b64(public_key), b64(plaintext), b64(aad)])
    done = subprocess.run(
        [node, "--input-type=module", "-e", SCRIPT, arguments],
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
        timeout=60,
    )
    return urlsafe_b64decode(done.stdout + b"==")


@pytest.mark.parametrize("plaintext", [b"x", b"p" * 32, "längeres Geheimnis".encode() * 20])
def test_the_agent_opens_what_the_page_sealed(plaintext: bytes) -> None:
    receiver = HpkeReceiver.fresh()
    box = seal_in_javascript(receiver.public_key, plaintext, b"ab" * 16)
    assert bytes(receiver.open(box, info=INFO, aad=b"ab" * 16)) == plaintext


def test_a_box_for_another_session_does_not_open() -> None:
    receiver = HpkeReceiver.fresh()
    box = seal_in_javascript(receiver.public_key, b"secret", b"ab" * 16)
    with pytest.raises(InvalidMessage):
        receiver.open(box, info=INFO, aad=b"cd" * 16)
