"""What the bytes do, decoded from those bytes alone."""

from __future__ import annotations

from counterfoil.chains.evm.address import address_bytes
from counterfoil.chains.evm.call_effects import effect_of
from counterfoil.chains.evm.calls import parse_call
from counterfoil.chains.evm.effects import Effect
from counterfoil.chains.evm.message import message_text, parse_message
from counterfoil.chains.evm.permits import effect_of_typed_data
from counterfoil.chains.evm.refusals import refuse_message, refuse_transaction, refuse_typed_data
from counterfoil.chains.evm.sign_in_refusals import refuse_sign_in, sign_in_details, sign_in_findings
from counterfoil.chains.evm.siwe import is_sign_in, parse_sign_in
from counterfoil.chains.evm.text import has_hidden, visible
from counterfoil.chains.evm.transaction import DYNAMIC_FEE, LEGACY, Transaction, parse_unsigned
from counterfoil.chains.evm.typed_data import TypedData, parse_typed_data, tree
from counterfoil.chains.evm.words import amount_text, caution, worst_first
from counterfoil.chains.family import Chain, Finding, Kind, Summary
from counterfoil.errors import InvalidTransaction

_TYPE_NAMES = {LEGACY: "0 (legacy)", 1: "1 (EIP-2930)", DYNAMIC_FEE: "2 (EIP-1559)"}


def summarize(chain: Chain, account: str, kind: Kind, unsigned: bytes) -> Summary:
    """What these bytes do, for ``account``: total over everything that parses.

    Raises: InvalidTransaction
    """
    if kind is Kind.TRANSACTION:
        return _transaction(chain, account, read_unsigned(chain, unsigned))
    if kind is Kind.MESSAGE:
        return _message(chain, account, parse_message(unsigned))
    return _typed_data(chain, account, parse_typed_data(chain_number(chain), unsigned))


def chain_number(chain: Chain) -> int:
    """1 of ``eip155:1``."""
    return int(chain.id.removeprefix("eip155:"))


def read_unsigned(chain: Chain, unsigned: bytes) -> Transaction:
    """The transaction of unsigned bytes, refused if it is for another chain. Raises InvalidTransaction."""
    tx = parse_unsigned(unsigned)
    if tx.chain_id != chain_number(chain):
        raise InvalidTransaction("The transaction is meant for another chain.", reason="wrong_chain")
    return tx


def _transaction(chain: Chain, account: str, tx: Transaction) -> Summary:
    effect = effect_of(chain, account, tx)
    call = parse_call(tx.data)
    findings = [*effect.findings, *_fee_findings(chain, tx, effect)]
    return Summary(
        act=effect.act,
        sentence=effect.sentence,
        changes=effect.changes,
        to=effect.to,
        fee_cap=tx.fee_cap,
        priced=effect.priced and not any(change.amount is None for change in effect.changes),
        details=_transaction_details(chain, tx, effect),
        findings=worst_first(findings),
        refusal=refuse_transaction(tx, call, address_bytes(account)),
    )


def _transaction_details(chain: Chain, tx: Transaction, effect: Effect) -> tuple[tuple[str, str], ...]:
    native = chain.native
    rows = [
        *effect.details,
        ("Highest fee", amount_text(tx.fee_cap, native.decimals, native.symbol)),
        ("Nonce", str(tx.nonce)),
        ("Gas limit", str(tx.gas_limit)),
        ("Highest price of gas", amount_text(tx.max_fee, 9, "gwei")),
    ]
    if tx.type == DYNAMIC_FEE:
        rows.append(("Tip", amount_text(tx.priority_fee, 9, "gwei")))
    rows += [("Type", _TYPE_NAMES[tx.type]), ("Chain", f"{chain.name} ({tx.chain_id})")]
    if tx.data:
        rows.append(("Data", f"{len(tx.data)} bytes"))
    if tx.access_list:
        rows.append(("Access list", f"{len(tx.access_list)} addresses"))
    return tuple(rows)


def _fee_findings(chain: Chain, tx: Transaction, effect: Effect) -> list[Finding]:
    fee = amount_text(tx.fee_cap, chain.native.decimals, chain.native.symbol)
    if chain.high_fee is not None and tx.fee_cap >= chain.high_fee:
        return [caution("high_fee", f"The fee can be as high as {fee}.", "That is much more than usual on this chain.")]
    if effect.act == "native_transfer" and 0 < tx.value < tx.fee_cap:
        return [caution("fee_above_amount", f"The fee can be higher than what you send: up to {fee}.")]
    return []


def _message(chain: Chain, account: str, message: bytes) -> Summary:
    text = message_text(message)
    findings: list[Finding] = []
    if text is None:
        findings.append(
            caution("not_text", "This message is not readable text.", "Nobody can tell from it what you agree to.")
        )
    else:
        if has_hidden(text):
            findings.append(hidden_text())
        findings += sign_in_findings(message, None)
    refusal = refuse_message(message) or refuse_sign_in(message, account, chain_number(chain))
    act, sentence, details = _message_act(message, text, is_sound=refusal is None)
    return Summary(
        act=act,
        sentence=sentence,
        changes=(),
        to=None,
        fee_cap=0,
        priced=False,
        details=(*details, ("Length", f"{len(message)} bytes"), ("As bytes", "0x" + message.hex())),
        findings=worst_first(findings),
        refusal=refusal,
        text=visible(text, lines=True) if text is not None else "0x" + message.hex(),
    )


def _message_act(message: bytes, text: str | None, *, is_sound: bool) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    """(act, sentence, details)"""
    if text is None:
        return "sign_text", f"Sign {len(message)} bytes that are no text", ()
    if not is_sign_in(message):
        return "sign_text", "Sign this text", ()
    if not is_sound:
        return "sign_in", "Sign in", ()
    sign_in = parse_sign_in(message)
    return "sign_in", f"Sign in to {visible(sign_in.domain)}", sign_in_details(sign_in)


def _typed_data(chain: Chain, account: str, typed: TypedData) -> Summary:
    effect = effect_of_typed_data(chain, account, typed)
    text = tree(typed)
    findings = [*effect.findings]
    if "⟨U+" in text:
        findings.append(hidden_text())
    if typed.chain_id is None:
        findings.append(
            caution(
                "no_chain", "This signature may count on every chain.", "The data does not say for which chain it is."
            )
        )
    return Summary(
        act=effect.act,
        sentence=effect.sentence,
        changes=effect.changes,
        to=effect.to,
        fee_cap=0,
        priced=effect.priced and not any(change.amount is None for change in effect.changes),
        details=effect.details,
        findings=worst_first(findings),
        refusal=refuse_typed_data(typed, account),
        text=text,
    )


def hidden_text() -> Finding:
    """The finding of a text with characters that can't be seen."""
    return caution(
        "hidden_characters",
        "The text has characters that can't be seen or that change its order.",
        "They can make it read differently from what it says. They are shown as ⟨U+…⟩.",
    )
