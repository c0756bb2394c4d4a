"""What the node and a second library say: nothing here asks the wallet, except for the bytes it once recorded."""

from __future__ import annotations

import json
import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

from eth_account import Account

from tests.devnet.anvil import ETHER, Anvil


def coins(wei: int) -> str:
    """In ETH, exactly."""
    return f"{(Decimal(wei) / ETHER).normalize():f}"


def short(text: str) -> str:
    """``0x1234…abcd``."""
    return f"{text[:8]}…{text[-6:]}"


def sender_by_signature(node: Anvil, transaction: str) -> str:
    """Whose key signed the mined bytes, as another library computes it from the signature alone."""
    return str(Account.recover_transaction(node.rpc("eth_getRawTransactionByHash", transaction)))


def recorded_touch(home: Path, transaction: str) -> dict[str, Any]:
    """The passkey's answer that approved a transaction, as a thief with this computer's files would find it."""
    database = sqlite3.connect(f"file:{home / 'counterfoil.sqlite3'}?mode=ro", uri=True)
    try:
        row = database.execute("SELECT assertion FROM requests WHERE transaction_id = ?", (transaction,)).fetchone()
    finally:
        database.close()
    return dict(json.loads(row[0])["response"])
