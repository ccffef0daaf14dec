"""The codes of refused calls (`aegisd/wire/errors.py`): what aegisctl shows when the daemon says no."""

from aegisd.config.code import Code

CALLS = (
    Code(
        code="AEG101",
        title="no such workflow",
        text="The configuration in force has no workflow of that name. After a change of the files, `aegisctl "
        "reload` makes aegisd read them again. Exit status 66.",
        bad="aegisctl run qualty",
        good="aegisctl run quality",
        kind="console",
    ),
    Code(
        code="AEG102",
        title="no such run",
        text="There is no run of that number, or it is so old that it was removed (`keep` in [daemon]). Exit "
        "status 66.",
        bad="aegisctl show 999999",
        good="aegisctl history",
        kind="console",
    ),
    Code(
        code="AEG103",
        title="no such step",
        text="The run has no step of that name. A run keeps the definition that it started with. Exit status 66.",
        bad="aegisctl logs 842 test",
        good="aegisctl show 842",
        kind="console",
    ),
    Code(
        code="AEG104",
        title="bad parameter",
        text="The workflow has no such parameter, or needs one that was not given; or an argument of the call "
        "itself is wrong. Exit status 2.",
        bad="aegisctl run deploy traget=staging",
        good="aegisctl run deploy target=staging",
        kind="console",
    ),
    Code(
        code="AEG105",
        title="bad cursor",
        text="A cursor is taken from an event as it is, and belongs to one store. After the state directory was "
        "replaced, start without one. Exit status 2.",
        bad="aegisctl tail-events --after 12",
        good="aegisctl tail-events -n 10",
        kind="console",
    ),
    Code(
        code="AEG106",
        title="queue full",
        text="As many runs wait as `queue_limit` in [daemon] allows. Nothing was started; try again later. Exit "
        "status 75.",
        bad="aegisctl run quality     (10,000 runs are waiting)",
        good="aegisctl status",
        kind="console",
    ),
    Code(
        code="AEG107",
        title="draining",
        text="aegisd is stopping, or somebody drained it, and it takes no more runs. Nothing was started. Try again "
        "when it is back; `aegisctl status` says who drained it, `aegisctl resume` ends that. Exit status 75.",
        bad="aegisctl run quality     (after aegisctl drain)",
        good="aegisctl resume && aegisctl run quality",
        kind="console",
    ),
    Code(
        code="AEG108",
        title="permission denied",
        text="You may read, but not change things. Who may is said by `operators` in [control]: users and "
        "groups; root and the user that aegisd runs as always may. Exit status 77.",
        bad="aegisctl cancel 842     (not an operator)",
        good="aegisctl show 842",
        kind="console",
    ),
    Code(
        code="AEG109",
        title="configuration invalid",
        text="aegisd refused to load the configuration, and keeps the old one. `aegisctl validate` shows the "
        "same report. Exit status 78.",
        bad="aegisctl reload     (there is an error in a file)",
        good="aegisctl validate && aegisctl reload",
        kind="console",
    ),
    Code(
        code="AEG110",
        title="not possible now",
        text="What was asked for makes no sense in the present state: to cancel a run that has ended, to retry "
        "one that has not, to repeat the failed steps of one that passed. Exit status 2.",
        bad="aegisctl cancel 841     (it has ended)",
        good="aegisctl show 841",
        kind="console",
    ),
    Code(
        code="AEG111",
        title="store failed",
        text="aegisd cannot write or read its history: the disk is full or broken. When it cannot write it takes no "
        "more runs, because it could not keep its word about them. Make room in `state_dir`, then restart aegisd. "
        "Exit status 5.",
        bad="aegisctl run quality     (no space left on device)",
        good="df -h /var/lib/aegis",
        kind="console",
    ),
    Code(
        code="AEG112",
        title="too many connections",
        text="As many clients are connected as aegisd serves at once. Something probably opens connections and "
        "leaves them. Exit status 75.",
        bad="aegisctl status     (hundreds of others are connected)",
        good="ss -xp | grep aegis",
        kind="console",
    ),
    Code(
        code="AEG263",
        title="event that cannot be emitted",
        text="The type or the data of an event is not one that users may add to the timeline: types begin with "
        "`custom.`, data is a JSON object of at most 64 KiB. Exit status 2.",
        bad="aegisctl emit workflow.completed",
        good="aegisctl emit custom.deploy.finished target=staging",
        kind="console",
    ),
    Code(
        code="AEG264",
        title="emitted too much",
        text="The steps of a run may add 10,000 events and 16 MiB to the timeline. A step in a loop would fill the "
        "disk otherwise. Exit status 75.",
        bad='while read line; do aegisctl emit custom.line text="$line"; done',
        good="aegisctl emit custom.lines count:=$(wc -l < file)",
        kind="console",
    ),
    Code(
        code="AEG113",
        title="internal error",
        text="A defect of aegis. The journal of aegisd has the details: `journalctl -u aegisd`. Please report "
        "it. Exit status 70.",
        bad="aegisctl status     (aegisd met a defect)",
        good="journalctl -u aegisd -n 50",
        kind="console",
    ),
    Code(
        code="AEG120",
        title="no such method",
        text="The daemon does not know the call. It is probably older than aegisctl. Exit status 69.",
        bad="varlinkctl call /run/aegis/control.sock io.aegisd.Control.Fly",
        good="varlinkctl introspect /run/aegis/control.sock io.aegisd.Control",
        kind="console",
    ),
    Code(
        code="AEG121",
        title="invalid argument of a call",
        text="A call lacks an argument, has one that it does not take, or one of another type. aegisctl never "
        "sends such; a client of your own did. Exit status 2.",
        bad="varlinkctl call /run/aegis/control.sock io.aegisd.Control.StartRun '{}'",
        good='varlinkctl call /run/aegis/control.sock io.aegisd.Control.StartRun \'{"workflow": "quality"}\'',
        kind="console",
    ),
    Code(
        code="AEG122",
        title="a stream is expected",
        text="The method answers with a stream; the call must say `more`. Exit status 2.",
        bad="varlinkctl call /run/aegis/control.sock io.aegisd.Control.TailEvents '{\"follow\": true}'",
        good="varlinkctl --more call /run/aegis/control.sock io.aegisd.Control.TailEvents '{\"follow\": true}'",
        kind="console",
    ),
)
