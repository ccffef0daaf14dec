"""The reference pages that come from the declarations: `docs/reference/configuration.md` and `error-codes.md`.

`python -m aegisd.config.reference` prints the first, with the argument `error-codes` the second. A test holds that the
files are what this prints.
"""

import pkgutil
import sys
from collections.abc import Mapping, Sequence

from aegisd.config import later
from aegisd.config.code import Code
from aegisd.config.codes_api import API
from aegisd.config.codes_artifacts import ARTIFACTS, REFUSED
from aegisd.config.codes_calls import CALLS
from aegisd.config.codes_client import CLIENT
from aegisd.config.codes_confinement import CONFINEMENT
from aegisd.config.codes_executors import EXECUTORS
from aegisd.config.codes_files import FILES
from aegisd.config.codes_http import HTTP
from aegisd.config.codes_keys import KEYS
from aegisd.config.codes_services import SERVICES
from aegisd.config.codes_ship import SHIP
from aegisd.config.codes_steps import STEPS
from aegisd.config.codes_telemetry import TELEMETRY
from aegisd.config.codes_tls import TLS
from aegisd.config.codes_triggers import TRIGGERS
from aegisd.config.codes_warnings import WARNINGS
from aegisd.config.codes_webhooks import WEBHOOKS
from aegisd.config.slot import Slot
from aegisd.config.topics import Table, describe_default, describe_type, list_tables
from aegisd.config.values import AT_START

_STEP_TYPES = "aegisd.steps:SPECS"

_HEAD = """\
# Configuration

<!-- made from the declarations of the keys: python -m aegisd.config.reference -->

A configuration is a TOML file and the files that it includes. aegisd reads the file named by `--config`, else by
`$AEGIS_CONFIG`, else `/etc/aegis/aegis.toml`. `aegisctl validate` checks it with the same code and needs no daemon;
`aegisctl reload` brings a change into force; `aegisctl config show --origin` says where each value comes from.
[aegis.toml.example](../../aegis.toml.example) has every key with a comment.

## Rules for all values

- **Unknown keys and sections are errors**, with the nearest right spelling. All errors of all files are reported at
  once; with any of them the whole configuration is refused. What a code means: [error codes](error-codes.md).
- **Durations** are seconds (`30`, `0.5`) or strings of numbers with units: `"250ms"`, `"90s"`, `"10m"`, `"1h30m"`,
  `"2d"`, `"1w"`. **Sizes** are bytes or strings such as `"500KiB"`, `"10GiB"`, `"2GB"`. `true` and `false` are no
  numbers.
- **Names** have letters, digits, `.`, `_` and `-`, at most 64, and begin with a letter or digit.
- **Paths** are relative to the folder of the file that they stand in. There is no `~`: write `"${HOME}/..."`.
- **`${NAME}`** in a string is the variable `NAME` of aegisd's environment, or else the systemd credential of that name
  (the file `NAME` in `$CREDENTIALS_DIRECTORY`, without the line break at its end). One that is missing is an error.
  `$${NAME}` is the text `${NAME}`. In `run` aegis leaves `${NAME}` alone, in strings and in lists: there it is the
  shell's. `aegisctl config show` prints `${NAME}`, never what it stands for, and in `env` and the keys of a step's type
  the store has `${NAME}` too: a retry, or a run that goes on after a restart, gets the value of that time, and none
  where there is no such variable any more.
- **`{name}`** stands for the workflow's parameter `name` in the elements of a `run` list, in the values of `env`, and
  in what a step sends to a service. `{{name}}` is the text `{name}`. Where the workflow has no such parameter, both
  stay as they are, and so does `${name}`. In a `run` string, which a shell reads, `{name}` of a parameter is an error:
  write `"$AEGIS_PARAM_NAME"`, in quotes.
- **`{steps.NAME./pointer}`** stands, in the same places of a step, for a result of an earlier one: the value that the
  JSON Pointer (RFC 6901) names in the data of the step NAME, such as `{steps.discover./routes/0}`; `{steps.NAME}` is
  all of its data. Texts are put in as they are, everything else as JSON. In `json` of an `http` step a text that is
  one such reference and nothing else becomes the value itself. The step must have ended before; a value that is not
  there fails the step. `{{steps.NAME./pointer}}` is the text itself.
- A file may have 4 MiB. It is UTF-8.
"""

_EXAMPLE = """\

## Example

```toml
[daemon]
runs = 2

[workflows.deploy]
timeout = "30m"
params = { target = { description = "Where to deploy" } }

[[workflows.deploy.steps]]
name = "build"
run = "make dist"

[[workflows.deploy.steps]]
name = "copy"
run = ["rsync", "-a", "dist/", "{target}:/srv/app"]
retries = 2
```
"""

_CODES_HEAD = """\
# Error codes

<!-- made from the table of codes: python -m aegisd.config.reference error-codes -->

Every message of aegis has a code. `aegisctl explain CODE` tells what is written here.
"""

_GROUPS: tuple[tuple[str, tuple[Code, ...]], ...] = (
    ("Files and sections", FILES),
    ("Keys and values", KEYS),
    ("Steps", STEPS),
    ("Triggers", TRIGGERS),
    ("HTTP and webhook triggers", (*HTTP, *TLS)),
    ("Artifacts and reports", ARTIFACTS),
    ("Services and results", SERVICES),
    ("The HTTP API and tokens", API),
    ("Spans and metrics", TELEMETRY),
    ("Warnings", WARNINGS),
    ("Webhooks", WEBHOOKS),
    ("Refused calls", (*CALLS, *REFUSED)),
    ("aegisctl itself", CLIENT),
    ("Limits and sandboxes", CONFINEMENT),
    ("Executors", EXECUTORS),
    ("What aegisctl makes and keeps", SHIP),
)


def render_configuration(step_types: Mapping[str, type]) -> str:
    """`docs/reference/configuration.md`."""
    parts = [_HEAD, *(_render_table(table) for table in list_tables(step_types)), _EXAMPLE, _render_later()]
    return "".join(parts)


def render_error_codes() -> str:
    """`docs/reference/error-codes.md`."""
    parts = [_CODES_HEAD]
    for title, codes in _GROUPS:
        parts.append(f"\n## {title}\n")
        parts += [_render_code(code) for code in codes]
    return "".join(parts)


def main(arguments: Sequence[str]) -> None:
    """Print the page that `arguments` name."""
    if "error-codes" in arguments:
        sys.stdout.write(render_error_codes())
    else:
        sys.stdout.write(render_configuration(pkgutil.resolve_name(_STEP_TYPES)))


def _render_table(table: Table) -> str:
    if not table.slots:
        return f"\n## {_title(table)}\n\n{table.doc} There are none.\n"
    head = f"\n## {_title(table)}\n\n{table.doc}\n\n| key | type | default | meaning |\n|---|---|---|---|\n"
    return head + "".join(_render_row(table, slot) for slot in table.slots.values())


def _title(table: Table) -> str:
    if table.name == "file":
        return "At the top of a file"
    return f"`{table.heading}`" if table.heading.startswith("[") and " " not in table.heading else table.heading


def _render_row(table: Table, slot: Slot) -> str:
    default = describe_default(slot)
    shown = (
        "must be given" if not default else default if slot.key.default_text or default == "none" else f"`{default}`"
    )
    note = " Changed at the next start only." if f"{table.name}.{slot.name}" in AT_START else ""
    cells = (f"`{slot.name}`", describe_type(slot), shown, f"{slot.key.doc}{note} Example: `{slot.key.example}`")
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _render_code(code: Code) -> str:
    language = {"toml": "toml", "text": "text", "console": "text"}[code.kind]
    marked = "<!-- not loaded: shows the fault -->\n" if code.kind == "toml" else ""
    bad = f"Bad:\n\n{marked}```{language}\n{code.bad.rstrip()}\n```\n"
    good = f"Good:\n\n```{language}\n{code.good.rstrip()}\n```\n"
    return f"\n### {code.code}: {code.title}\n\n{code.text}\n\n{bad}\n{good}"


def _render_later() -> str:
    head = "\n## Not yet in this version\n\nThese are refused by name, so that nobody looks for a spelling mistake.\n"
    groups = (("Sections", later.SECTIONS),)
    lists = [
        f"\n{title}:\n\n" + "".join(f"- `{name}`: {what}\n" for name, what in names.items()) for title, names in groups
    ]
    return head + "".join(lists)


if __name__ == "__main__":
    main(sys.argv[1:])
