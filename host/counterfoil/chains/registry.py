"""Which chains there are, and who answers for them: rows of data, a family by its name.

The rows are ours (``chains.json``); the person's settings come as a mapping and win: another node,
more tokens, chains of their own. A setting never changes a chain's identity, coin or decimals.
"""

from __future__ import annotations

import functools
import importlib.resources
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from counterfoil.chains.evm.address import parse_address
from counterfoil.chains.evm.kinds import FAMILY as EVM
from counterfoil.chains.family import Chain, Client, Family, Native
from counterfoil.codecs.strict_json import parse_json
from counterfoil.errors import InputError, UnknownChain
from counterfoil.types import Caip2

_FAMILIES: Mapping[str, Family] = MappingProxyType({"evm": EVM})

_Id = Annotated[str, StringConstraints(pattern=r"^eip155:[1-9][0-9]{0,17}$")]
_Text = Annotated[str, StringConstraints(min_length=1, max_length=60)]
_Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s@]+$", max_length=500)]
_Link = Annotated[str, StringConstraints(pattern=r"^https://[^\s@]+$", max_length=500)]
_Whole = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,77}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Coin(_Strict):
    """A coin or token: what it is called and how many decimals it has."""

    symbol: Annotated[str, StringConstraints(min_length=1, max_length=20)]
    name: _Text
    decimals: Annotated[int, Field(ge=0, le=36)]


class Row(_Strict):
    """A row of ``chains.json``."""

    id: _Id
    family: str
    name: _Text
    native: Coin
    path: Annotated[str, StringConstraints(pattern=r"^m(/[0-9]+'?)+$")]
    testnet: bool
    rpc_url: _Url | None
    explorer: _Link | None
    high_fee: _Whole | None
    tokens: dict[str, Coin]


class ChainSettings(_Strict):
    """What a person may set for a chain. A chain that has no row needs ``name`` and ``native`` too."""

    rpc_url: _Url | None = None
    explorer: _Link | None = None
    tokens: dict[str, Coin] = {}
    name: _Text | None = None
    native: Coin | None = None
    testnet: bool | None = None


def load_chains(settings: Mapping[str, object] | None = None) -> Mapping[Caip2, Chain]:
    """Every chain by its CAIP-2 id, with the person's settings applied.

    Standard: CAIP-2
    In:       ``settings``: CAIP-2 id → ``{rpc_url, explorer, tokens, name, native, testnet}``, all optional
    Raises:   InputError for settings that don't hold
    """
    rows = {row.id: row for row in _rows()}
    for chain_id, given in (settings or {}).items():
        rows[chain_id] = _with_settings(chain_id, rows.get(chain_id), given)
    return MappingProxyType({Caip2(key): _chain(row) for key, row in rows.items()})


def chain_of(chains: Mapping[Caip2, Chain], chain_id: str) -> Chain:
    """The chain of this id. Raises UnknownChain."""
    chain = chains.get(Caip2(chain_id))
    if chain is None:
        raise UnknownChain(chain=chain_id[:80])
    return chain


def is_ours(chain_id: str) -> bool:
    """Whether the chain is one of our rows, not one that the person added."""
    return any(row.id == chain_id for row in _rows())


def family_of(chain: Chain) -> Family:
    """Who reads, summarises and finishes what is signed on this chain."""
    return _FAMILIES[chain.family]


def make_client(chain: Chain) -> Client:
    """A new client for chains of this family; it holds connections until ``close()``."""
    assert chain.family == "evm"
    from counterfoil.chains.evm.client import EvmClient

    return EvmClient()


@functools.cache
def _rows() -> tuple[Row, ...]:
    text = importlib.resources.files("counterfoil.chains").joinpath("chains.json").read_bytes()
    rows = tuple(Row.model_validate(row) for row in parse_json(text)["chains"])
    assert len({row.id for row in rows}) == len(rows)
    assert all(row.family in _FAMILIES for row in rows)
    return rows


def _with_settings(chain_id: str, row: Row | None, given: object) -> Row:
    try:
        wish = ChainSettings.model_validate(given)
        if row is None:
            row = _own_row(chain_id, wish)
        elif wish.name is not None or wish.native is not None or wish.testnet is not None:
            raise InputError("The name and coin of a known chain can't be changed.", reason="chain_settings")
        changes = {key: value for key in ("rpc_url", "explorer") if (value := getattr(wish, key)) is not None}
        tokens = {parse_address(address): coin for address, coin in wish.tokens.items()} | row.tokens
        return Row.model_validate({**row.model_dump(), **changes, "tokens": {k: dict(v) for k, v in tokens.items()}})
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, problem["loc"]))[:80]
        raise InputError(f"The settings of the chain don't hold: {where or 'form'}.", reason="chain_settings") from None


def _own_row(chain_id: str, wish: ChainSettings) -> Row:
    if wish.name is None or wish.native is None or wish.rpc_url is None:
        raise InputError("A chain of your own needs a name, a coin and a node.", reason="chain_settings")
    return Row(
        id=chain_id,
        family="evm",
        name=wish.name,
        native=wish.native,
        path="m/44'/60'/0'/0/0",
        testnet=bool(wish.testnet),
        rpc_url=wish.rpc_url,
        explorer=wish.explorer,
        high_fee=None,
        tokens={},
    )


def _chain(row: Row) -> Chain:
    return Chain(
        id=Caip2(row.id),
        family=row.family,
        name=row.name,
        native=_native(row.native),
        path=row.path,
        testnet=row.testnet,
        rpc_url=row.rpc_url,
        explorer=row.explorer,
        tokens=MappingProxyType({parse_address(key): _native(coin) for key, coin in row.tokens.items()}),
        high_fee=int(row.high_fee) if row.high_fee else None,
    )


def _native(coin: Coin) -> Native:
    return Native(coin.symbol, coin.name, coin.decimals)
