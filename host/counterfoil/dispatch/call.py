"""The one way a call takes: known method, permitted role, valid parameters, unlocked, handled, valid result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import ValidationError

from counterfoil.dispatch.client import Client
from counterfoil.dispatch.context import Context
from counterfoil.dispatch.table import Handler
from counterfoil.errors import InvalidMessage, Locked, NotPaired, NotPermitted, UnknownMethod
from counterfoil.protocol.method import Method, Role
from counterfoil.protocol.model import JsonObject, Message
from counterfoil.protocol.wire import METHODS, Call

_M = TypeVar("_M", bound=Message)


async def handle(call: Call, client: Client, context: Context, handlers: Mapping[str, Handler]) -> JsonObject:
    """Answer one call.

    Out:    the result as JSON, checked against the method's model
    Raises: UnknownMethod, NotPaired, NotPermitted, InvalidMessage, Locked, and what the handler raises
    """
    method = METHODS.get(call.method)
    handler = handlers.get(call.method)
    if method is None or handler is None:
        raise UnknownMethod(method=call.method)
    permit(method, client.role)
    params = parse_message(method.params, call.params)
    if method.unlocked and not context.is_unlocked():
        raise Locked
    return checked(method, await handler(params, client, context))


def permit(method: Method, role: Role) -> None:
    """Only the roles of the method's row. Raises: NotPaired where pairing would help, NotPermitted elsewhere"""
    if role in method.roles:
        return
    if role is Role.BROWSER and Role.PROFILE in method.roles:
        raise NotPaired(method=method.name)
    if role is Role.CLI:
        raise NotPermitted("Only a paired browser may do that.", remedy="Do it in the extension.", method=method.name)
    raise NotPermitted(
        "Only the command line may do that.", remedy="Run `counterfoil` in a terminal.", method=method.name
    )


def parse_message(model: type[_M], data: JsonObject) -> _M:
    """A message of exactly this form. Raises: InvalidMessage, which names fields and rules but no values"""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise InvalidMessage(fields=_complaints(error)) from None


def checked(method: Method, result: Message) -> JsonObject:
    """The result as it leaves: of the promised form, or a mistake of ours (ValueError)."""
    if type(result) is not method.result:
        raise TypeError(f"{method.name} answered {type(result).__name__}")
    data = result.model_dump()
    method.result.model_validate(data)
    return data


def _complaints(error: ValidationError) -> list[str]:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [f"{'.'.join(str(part) for part in item['loc'])[:80]}: {item['type']}" for item in found[:5]]
