"""Each method over the real socket: what reaches the daemon, and that replies are as the interface file says."""

import os
import pwd
from pathlib import Path
from typing import Any

import pytest

from aegisd.control import HANDLERS
from aegisd.control.service import INTERFACES, SERVICE
from aegisd.core.model import Part, Trigger
from aegisd.core.parameters import fits
from aegisd.core.record import RunFilter
from aegisd.wire.errors import INTERFACE
from tests.control.client import Client, make_call, open_client, open_server

ME = pwd.getpwuid(os.geteuid()).pw_name


async def check(client: Client, method: str, **parameters: Any) -> dict[str, Any]:
    """Call, and hold the reply against the interface file."""
    reply = await client.call(method, **parameters)
    assert "error" not in reply, reply
    assert "continues" not in reply
    interface, _, name = (method if "." in method else f"{INTERFACE}.{method}").rpartition(".")
    declared = INTERFACES[interface]
    assert fits(reply["parameters"], declared.methods[name].reply, declared.types)
    parameters_of_reply: dict[str, Any] = reply["parameters"]
    return parameters_of_reply


def test_every_declared_method_has_a_handler() -> None:
    """The registry and the interface files name the same methods."""
    declared = {f"{name}.{method}" for name, interface in INTERFACES.items() for method in interface.methods}
    assert HANDLERS.keys() == declared


async def test_every_single_answer_fits_the_interface(tmp_path: Path) -> None:
    """All methods that answer once answer what the interface file declares."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        assert (await check(client, f"{SERVICE}.GetInfo"))["interfaces"] == [SERVICE, INTERFACE]
        for name, interface in INTERFACES.items():
            found = await check(client, f"{SERVICE}.GetInterfaceDescription", interface=name)
            assert found["description"] == interface.text
        assert (await check(client, "StartRun", workflow="quality"))["run"] == 1
        assert (await check(client, "RetryRun", run=1))["run"] == 2
        assert (await check(client, "CancelRun", run=2)) == {}
        assert (await check(client, "FindRun"))["run"] == 2
        assert (await check(client, "ListRuns"))["runs"] == []
        assert (await check(client, "GetRun", run=1))["detail"]["run"]["id"] == 1
        assert (await check(client, "GetDefinition", run=1))["definition"]["digest"] == "abc"
        assert len((await check(client, "ExplainRun", run=1, step="lint"))["links"]) == 2
        assert (await check(client, "Drain")) == (await check(client, "Undrain")) == {"executing": 1, "queued": 2}
        assert (await check(client, "GetStatus"))["version"] == "1.0.0"
        assert (await check(client, "ListWorkflows"))["workflows"][0]["description"] == "all checks"
        assert (await check(client, "ListTriggers"))["triggers"][0]["name"] == "nightly"
        assert (await check(client, "EmitEvent", type="custom.note", data={"a": [1]}))["seq"] == 1
        assert (await check(client, "PlanWorkflow", workflow="quality", params={"a": "b"}))["params"] == {"a": "b"}
        assert (await check(client, "Reload"))["changes"] == ["quality: timeout 10m, was 5m"]
        assert (await check(client, "Diagnose"))["checks"][0]["fix"] == ["set it"]
        assert (await check(client, "ShowConfig", origin=True))["text"] == "# origin: True\n"
        assert (await check(client, "ListServices", check=True))["services"][0]["state"] == "down"
        assert (await check(client, "ListExecutors"))["executors"][0]["nodes"] == {"idle": 2}
        assert (await check(client, "ListApprovals"))["approvals"][0]["step"] == "ask"
        assert (await check(client, "DecideApproval", run=1, approve=True))["approval"]["run"] == 1
        assert (await check(client, "GetResult", run=1, step="test"))["data"]["total"] == 3
        assert (await check(client, "GetPage"))["url"] == "https://ci.example.org"
        assert (await check(client, "ListStepTypes"))["types"][0]["source"] == "built-in"


async def test_desks_get_what_was_asked(tmp_path: Path) -> None:
    """A decision carries who made it, from the kernel, and whether the answer was yes."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        await client.call("ListServices")
        await client.call("DecideApproval", run=1, approve=False, step="ask", reason="not on a Friday")
        await client.call("GetResult", run=7, step="report")
        assert served.daemon.desks.calls == [
            ("list_services", False),
            ("decide", 1, "ask", False, ME, "not on a Friday"),
            ("read", 7, "report"),
        ]


async def test_a_plan_of_a_part(tmp_path: Path) -> None:
    """The part of a plan is asked for as that of a run, each name once; without one it is all."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        await client.call("PlanWorkflow", workflow="quality")
        await client.call("PlanWorkflow", workflow="quality", **{"only": ["a", "a"], "from": ["b"], "skip": ["c"]})
        assert served.daemon.planned == [None, Part(only=("a",), start=("b",), skip=("c",))]


async def test_commands_carry_who_gave_them(tmp_path: Path) -> None:
    """`by` is the caller's name from the kernel, whatever the call says; a parent makes the trigger a workflow."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        await client.call("StartRun", workflow="quality", params={"ref": "main"}, reason="why", dir="/srv")
        await client.call("StartRun", workflow="quality", parent=1, only=["a", "a"], skip=["b"])
        await client.call("RetryRun", run=1, failed=True, reason="again")
        await client.call("CancelRun", run=3, reason="typo", force=True)
        await client.call("Reload")
        await client.call("Drain")
        await client.call("Undrain")
        await client.call("FindRun", selector="-")
        await client.call("ExplainRun", run=1)
        await client.call("ExplainRun", run=2, step="lint")
        manual, part = Trigger(kind="manual", by=ME), Part(only=("a",), skip=("b",))
        assert served.daemon.calls == [
            ("submit", "quality", {"ref": "main"}, manual, "why", "/srv", None, None),
            ("submit", "quality", {}, Trigger(kind="workflow", name="1", by=ME), None, None, part, 1),
            ("retry", 1, True, manual, "again"),
            ("cancel", 3, ME, "typo", True),
            ("reload", ME),
            ("drain", ME),
            ("undrain", ME),
        ]
        assert served.daemon.asked == [("-", ME), (1, None), (2, "lint")]


async def test_list_runs_translates_its_filter(tmp_path: Path) -> None:
    """Times may be durations back from now; lists become tuples; the limit is 20 unless given."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        await client.call("ListRuns")
        await client.call("ListRuns", results=["failure"], since="2h", until="2026-11-21T09:00:00+01:00", limit=5)
        assert served.daemon.asked == [
            RunFilter(),
            RunFilter(
                results=("failure",), since="2026-11-21T06:00:31.204Z", until="2026-11-21T08:00:00.000Z", limit=5
            ),
        ]


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("ListRuns", {"limit": 0}),
        ("ListRuns", {"limit": 10_001}),
        ("ListRuns", {"since": "yesterday"}),
        ("TailEvents", {"last": -1}),
        ("TailEvents", {"until": "2026-13-01T00:00:00Z"}),
        ("ReadLogs", {"run": 1, "lines": -1}),
        ("ReadLogs", {"run": 1, "attempt": -1}),
        ("StartRun", {"workflow": "quality", "parent": 0}),
    ],
    ids=str,
)
async def test_values_out_of_bounds_are_refused(tmp_path: Path, method: str, parameters: dict[str, Any]) -> None:
    """BadParameter names the parameter."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        reply = await client.call(method, more=True, **parameters)
        assert reply["error"] == f"{INTERFACE}.BadParameter"
        assert any(name in reply["parameters"]["message"] for name in parameters)


async def test_standard_errors(tmp_path: Path) -> None:
    """Unknown names and wrong types get the errors of org.varlink.service, with exactly their parameters."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        cases: list[tuple[dict[str, Any], str, dict[str, str]]] = [
            (make_call("Nope"), "MethodNotFound", {"method": f"{INTERFACE}.Nope"}),
            (make_call("a.b.C"), "InterfaceNotFound", {"interface": "a.b"}),
            ({"method": "nodots"}, "InterfaceNotFound", {"interface": "nodots"}),
            ({"method": ""}, "InterfaceNotFound", {"interface": ""}),
            (make_call("GetRun", run="1"), "InvalidParameter", {"parameter": "run"}),
            (make_call("GetRun"), "InvalidParameter", {"parameter": "run"}),
            (make_call("GetRun", run=1, x=1), "InvalidParameter", {"parameter": "x"}),
            ({**make_call("GetStatus"), "upgrade": True}, "InvalidParameter", {"parameter": "upgrade"}),
            (make_call("TailEvents"), "ExpectedMore", {}),
            (make_call("ReadLogs", run=1), "ExpectedMore", {}),
            (
                make_call(f"{SERVICE}.GetInterfaceDescription", interface="a.b"),
                "InterfaceNotFound",
                {"interface": "a.b"},
            ),
        ]
        for message, error, parameters in cases:
            await client.send(message)
            assert await client.receive() == {"error": f"{SERVICE}.{error}", "parameters": parameters}


async def test_refusals_of_the_daemon_reach_the_client(tmp_path: Path) -> None:
    """A CallError is answered with its name, message and hint; the connection goes on."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        reply = await client.call("StartRun", workflow="qualty")
        assert reply == {
            "error": f"{INTERFACE}.NoSuchWorkflow",
            "parameters": {"message": 'there is no workflow "qualty"', "hint": 'did you mean "quality"?'},
        }
        assert "error" not in await client.call("GetStatus")


async def test_a_bug_ends_one_call(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Any other exception is logged once with its traceback and answered; the connection goes on."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        reply = await client.call("StartRun", workflow="broken")
        assert reply["error"] == f"{INTERFACE}.InternalError"
        assert "a bug of the daemon" not in str(reply)
        assert "error" not in await client.call("GetStatus")
    assert [record.message for record in caplog.records if record.exc_info] == [
        f"io.aegisd.Control.StartRun of {ME} failed, this is a bug"
    ]


async def test_a_disk_that_fails_is_no_bug(tmp_path: Path) -> None:
    """What cannot be read from the history is said as it is, to the caller and in the log."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        reply = await client.call("StartRun", workflow="unread")
        assert reply["error"] == f"{INTERFACE}.StoreFailed"
        assert reply["parameters"]["message"] == "cannot read the history: disk I/O error"
        assert "error" not in await client.call("GetStatus")


async def test_null_and_false_are_like_left_out(tmp_path: Path) -> None:
    """Clients that send every member (`more: false`, `reason: null`, no parameters at all) are understood."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        await client.send({"method": f"{INTERFACE}.GetStatus", "more": False, "oneway": None, "later": 1})
        await client.send({**make_call("StartRun", workflow="quality", reason=None), "more": True})
        first, second = await client.receive(), await client.receive()
        assert first is not None
        assert "error" not in first
        assert second == {"parameters": {"run": 1}}


async def test_pipelined_calls_are_answered_in_order(tmp_path: Path) -> None:
    """Many calls in one send, some of them wrong, some oneway: the replies come in the order of the calls."""
    async with open_server(tmp_path) as served, await open_client(served.path) as client:
        await client.send(
            make_call("StartRun", workflow="quality"),
            make_call("StartRun", workflow="quality", oneway=True),
            make_call("Nope", oneway=True),
            make_call("Nope"),
            make_call("TailEvents", oneway=True, more=True),
            make_call("StartRun", workflow="quality"),
            make_call("FindRun"),
        )
        replies = [await client.receive() for _ in range(4)]
        assert replies[0] == {"parameters": {"run": 1}}
        assert replies[1] is not None
        assert replies[1]["error"] == f"{SERVICE}.MethodNotFound"
        assert replies[2:] == [{"parameters": {"run": 3}}, {"parameters": {"run": 3}}]
