"""Writes docs/gas.md; ``--check`` only says whether it is up to date. ``./scripts/gas`` calls it."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.devnet.safe_chain import SafeChain
from tests.gas.measure import Row, compared_rows, own_rows, part_rows

FILE = Path(__file__).resolve().parents[2] / "docs" / "gas.md"

INTRO = """# What acts of a Safe account cost

Written by `./scripts/gas`, measured on a local chain with the published contracts: Safe 1.4.1 (SafeL2), safe-4337
0.3.0, safe-passkey 0.2.0, OpenZeppelin's TimelockController 5.7.0. In units of gas of the whole transaction, 2-of-2
accounts, each act sends coins to an account that exists.

## An account of this wallet

The paying account pays all of it. *With the precompile*: the chain checks P-256 itself (Osaka and later, many rollups).
*Without*: the verifying contract does, and the cost depends on the digits of key and signature: means of 8 passkeys.
"""

COMPARED = """
## Compared with earlier measurements

The same contracts, measured before by other code, through ERC-4337 and by `execTransaction`, in Safes whose signer comes
into being in their own set-up. Each pays an account that exists, but for the first row: that one pays a new account, as
it did before, for 25,000 more. All must agree within 2 %: a test asserts it.
"""


def page() -> tuple[str, list[Row]]:
    """The whole page, and the rows that are compared."""
    with SafeChain("osaka") as chain:
        snapshot = chain.node.snapshot()
        osaka = own_rows(chain)
        parts = part_rows(chain)
        chain.node.revert(snapshot)
        compared = compared_rows(chain)
    with SafeChain("prague") as chain:
        prague = own_rows(chain)
    with_lock, bare = "first act, with the slow lock", "first act, without the slow lock"
    first = Row(with_lock, osaka[with_lock], (2_270_000, 2_270_000))
    later = Row("later act", osaka["later act"], (98_000, 98_000))
    compared += [first, later]
    lines = ["| act | with the precompile | without |", "|---|---:|---:|"]
    for name, gas in osaka.items():
        lines.append(f"| {name} | {gas:,} | {prague[name]:,} |")
        if name == with_lock:
            lock = (osaka[with_lock] - osaka[bare], prague[with_lock] - prague[bare])
            lines.append(f"| of it the slow lock, once an account | {lock[0]:,} | {lock[1]:,} |")
    lines += [f"| {name} | {gas:,} | {gas:,} |" for name, gas in parts.items()]
    return INTRO + "\n" + "\n".join(lines) + "\n" + COMPARED + "\n" + _compared(compared), compared


def _compared(rows: list[Row]) -> str:
    lines = ["| act | measured | before | apart |", "|---|---:|---:|---:|"]
    for row in rows:
        assert row.noted is not None
        low, high = row.noted
        before = f"{low:,}" if low == high else f"{low:,} to {high:,}"
        lines.append(f"| {row.name} | {row.gas:,} | {before} | {row.apart:+.1f} % |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """0 if the page is as it should be."""
    text, _ = page()
    if "--check" in sys.argv[1:]:
        if FILE.read_text() == text:
            return 0
        print("docs/gas.md is out of date: run ./scripts/gas", file=sys.stderr)
        return 1
    FILE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
