"""Tokens over the control socket: operators only, and the secret once."""

from pathlib import Path

from tests.control.client import open_client, open_server
from tests.control.test_calls import ME, check


async def test_tokens(tmp_path: Path) -> None:
    """Made, listed and taken back, with who did it; one that is not there is refused by its own error."""
    async with open_server(tmp_path) as server, await open_client(server.path) as client:
        made = await check(client, "NewToken", name="ci", scopes=["run"])
        assert (made["secret"], made["token"]["by"]) == ("aegis_secret", ME)
        listed = await check(client, "ListTokens")
        assert [each["name"] for each in listed["tokens"]] == ["fixed", "ci"]
        assert "secret" not in str(listed)
        await check(client, "RevokeToken", name="ci")
        assert server.daemon.access.changes == [("create", "ci", ("run",), ME), ("revoke", "ci", ME)]
        reply = await client.call("RevokeToken", name="cl")
        assert reply["error"].endswith(".NoSuchToken")
