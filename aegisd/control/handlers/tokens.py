"""ListTokens, NewToken, RevokeToken: what may come in through the HTTP door."""

from typing import Any

from aegisd.control.call import Call


async def list_tokens(call: Call) -> dict[str, Any]:
    """All tokens, without secrets."""
    return {"tokens": await call.daemon.access.list()}


async def new_token(call: Call) -> dict[str, Any]:
    """The new token and its secret."""
    asked = call.parameters
    token, secret = await call.daemon.access.create(asked["name"], scopes=asked["scopes"], by=call.by)
    return {"token": token, "secret": secret}


async def revoke_token(call: Call) -> dict[str, Any]:
    """Nothing: it is gone."""
    await call.daemon.access.revoke(call.parameters["name"], by=call.by)
    return {}
