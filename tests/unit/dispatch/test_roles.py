from __future__ import annotations

import pytest

from counterfoil.dispatch.call import handle, permit
from counterfoil.dispatch.client import Client
from counterfoil.dispatch.table import ANSWERED_BY_THE_SESSION, handlers, method, unhandled
from counterfoil.errors import InvalidMessage, Locked, NotPaired, NotPermitted, UnknownMethod
from counterfoil.protocol.method import Method, Role
from counterfoil.protocol.model import Empty
from counterfoil.protocol.wire import METHODS, Call

UNPAIRED_MAY = {"agent_hello", "agent_state", "agent_tryIt", "profile_begin", "profile_await"}
CLI_MAY_NOT = {
    "passkey_beginHome",
    "passkey_finishHome",
    "passkey_addHome",
    "passkey_remove",
    "passkey_slotOptions",
    "change_approve",
    "request_renew",
    "request_answer",
    "request_refuseAll",
    "provider_request",
    "provider_state",
    "provider_closed",
}
PROFILE_MAY_NOT = {
    "agent_diagnose",
    "agent_shutdown",
    "profile_pending",
    "profile_confirm",
    "profile_revoke",
    "chain_setEndpoint",
    "device_joinAsCosigner",
    "relay_listen",
    "relay_unlisten",
    "chain_add",
    "chain_remove",
    "device_reach",
}


async def reached(_params, _client, _context):
    return Empty()


class Unlocked:
    def is_unlocked(self):
        return False


def expected(name: str, role: Role):
    if role is Role.BROWSER:
        if name in UNPAIRED_MAY:
            return InvalidMessage
        return NotPermitted if name in PROFILE_MAY_NOT else NotPaired
    return NotPermitted if name in (CLI_MAY_NOT if role is Role.CLI else PROFILE_MAY_NOT) else InvalidMessage


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("name", sorted(METHODS))
async def test_each_method_is_for_its_roles_alone_and_checks_them_before_its_parameters(name, role):
    client = Client(1, role, "anyone")
    call = Call(id=1, method=name, params={"unexpected": True})
    with pytest.raises((InvalidMessage, NotPaired, NotPermitted)) as caught:
        await handle(call, client, Unlocked(), dict.fromkeys(METHODS, reached))
    assert caught.type is expected(name, role)


async def test_refuses_a_method_that_nobody_knows():
    with pytest.raises(UnknownMethod):
        await handle(Call(id=1, method="eth_sendTransaction", params={}), Client(1, Role.CLI, "cli"), Unlocked(), {})


async def test_a_method_that_needs_the_shares_answers_locked_while_they_are_sealed():
    params = {"vault_id": "0" * 32, "passphrase": {"session_id": "0" * 32, "box": ""}}
    call = Call(id=1, method="backup_export", params=params)
    with pytest.raises(Locked):
        await handle(call, Client(1, Role.CLI, "cli"), Unlocked(), {"backup_export": reached})


async def test_a_result_of_another_form_does_not_leave():
    with pytest.raises(TypeError):
        await handle(
            Call(id=1, method="vault_list", params={}), Client(1, Role.CLI, "cli"), Unlocked(), {"vault_list": reached}
        )


async def test_a_complaint_about_parameters_names_fields_and_never_their_values():
    call = Call(id=1, method="profile_confirm", params={"code": 123456789, "hush": "secret-value"})
    with pytest.raises(InvalidMessage) as caught:
        await handle(call, Client(1, Role.CLI, "cli"), Unlocked(), {"profile_confirm": reached})
    assert caught.value.details == {"fields": ["code: string_type", "hush: extra_forbidden"]}
    assert "123456789" not in str(caught.value.as_dict())


def test_each_refusal_of_a_role_says_what_to_do():
    row = Method("x", Empty, Empty, frozenset())
    for role in Role:
        with pytest.raises(NotPermitted) as caught:
            permit(row, role)
        assert caught.value.remedy


def test_a_handler_can_be_registered_once_and_only_for_a_method_of_the_protocol():
    assert set(handlers()) <= set(METHODS)
    with pytest.raises(KeyError):
        method("agent_state")(reached)
    with pytest.raises(KeyError):
        method("agent_unheard_of")
    assert not ANSWERED_BY_THE_SESSION & unhandled()
