"""The codes of what aegisctl makes and keeps: files of `init`, backups, and the check of the store."""

from aegisd.config.code import Code

SHIP = (
    Code(
        code="AEG350",
        title="file exists",
        text="`aegisctl init` and `aegisctl backup` overwrite nothing. Exit status 2.",
        bad="aegisctl init     (.aegis/quality.toml is there already)",
        good="aegisctl init --print",
        kind="console",
    ),
    Code(
        code="AEG351",
        title="no store",
        text="There is no store of aegis in the state directory. `backup` and `verify` ask the aegisd that answers "
        "where its state is; without one it is /var/lib/aegis, unless `--state-dir` says otherwise. Exit status 66.",
        bad="aegisctl verify --state-dir /etc",
        good="aegisctl verify --state-dir /var/lib/aegis",
        kind="console",
    ),
    Code(
        code="AEG352",
        title="store or archive cannot be used",
        text="A backup or a check could not be made: the store cannot be read, another aegisd uses it (`--repair` "
        "needs it alone), or the archive cannot be written. The message says which. Exit status 5, or 77 for "
        "want of rights.",
        bad="aegisctl verify --repair     (aegisd is running)",
        good="sudo systemctl stop aegisd && sudo aegisctl verify --repair",
        kind="console",
    ),
    Code(
        code="AEG395",
        title="no page",
        text="aegisd serves HTTP nowhere that a browser on this host reaches: `[web] bind` is empty or names Unix "
        "sockets only, and `[web] url` is not set. It may also still be starting. Exit status 69.",
        bad="aegisctl open     ([web] bind = [])",
        good='aegisctl open     ([web] bind = ["127.0.0.1:8640"])',
        kind="console",
    ),
)
