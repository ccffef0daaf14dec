"""The codes of services and of what steps ask of each other."""

from aegisd.config.code import Code

_SERVICE = '[services.qa]\nurl = "http://127.0.0.1:8001"\n\n'

SERVICES = (
    Code(
        code="AEG280",
        title="URL of a service",
        text="The URL of a service has `http` or `https`, a host, perhaps a port and a path, and nothing else. Keys "
        "and passwords are for `api_key` and `headers`, which are never shown.",
        bad='[services.qa]\nurl = "127.0.0.1:8001"\n',
        good=_SERVICE,
    ),
    Code(
        code="AEG281",
        title="unknown service",
        text="A step calls a service that no file of the configuration defines.",
        bad='[[workflows.ci.steps]]\ntype = "discover"\nservice = "qa"\n',
        good=f'{_SERVICE}[[workflows.ci.steps]]\ntype = "discover"\nservice = "qa"\n',
    ),
    Code(
        code="AEG282",
        title="keys that do not go together",
        text="Each of the keys is fine by itself, but not beside the others, or one that gives them a meaning is "
        "missing. The message says which.",
        bad='[[workflows.ci.steps]]\ntype = "gate"\n',
        good='[[workflows.ci.steps]]\ntype = "gate"\nmax_failures = 0\n',
    ),
    Code(
        code="AEG283",
        title="result of an unknown step",
        text="`{steps.NAME./pointer}` is the value that a JSON Pointer names in the data of an earlier step, and "
        "`require` names earlier steps. There is no step of this name, or the pointer is none. "
        "`{{steps.NAME./pointer}}` is the text itself.",
        bad='[[workflows.ci.steps]]\nname = "find"\nrun = "true"\n\n[[workflows.ci.steps]]\nname = "use"\n'
        'run = ["echo", "{steps.fnd./routes/0}"]\n',
        good='[[workflows.ci.steps]]\nname = "find"\nrun = "true"\n\n[[workflows.ci.steps]]\nname = "use"\n'
        'run = ["echo", "{steps.find./routes/0}"]\n',
    ),
    Code(
        code="AEG284",
        title="result of a step that may not have ended",
        text="A step sees the results of the steps that it waits for, and of those that they wait for: never of its "
        "neighbours in a batch, of itself, or of later ones.",
        bad='[[workflows.ci.steps]]\nname = "find"\nrun = "true"\n\n[[workflows.ci.steps]]\nname = "use"\n'
        'run = ["echo", "{steps.find./routes/0}"]\nneeds = []\n',
        good='[[workflows.ci.steps]]\nname = "find"\nrun = "true"\n\n[[workflows.ci.steps]]\nname = "use"\n'
        'run = ["echo", "{steps.find./routes/0}"]\nneeds = ["find"]\n',
    ),
    Code(
        code="AEG285",
        title="result in a line of shell",
        text="A shell would run what the result holds, and a result may come from another host. Give it to the step in "
        "`env` and read the variable, in quotes, or make `run` a list, which no shell reads.",
        bad='[[workflows.ci.steps]]\nname = "find"\nrun = "true"\n\n[[workflows.ci.steps]]\nname = "use"\n'
        'run = "echo {steps.find./routes/0}"\n',
        good='[[workflows.ci.steps]]\nname = "find"\nrun = "true"\n\n[[workflows.ci.steps]]\nname = "use"\n'
        'run = \'echo "$ROUTE"\'\nenv = { ROUTE = "{steps.find./routes/0}" }\n',
    ),
    Code(
        code="AEG286",
        title="header that cannot be sent",
        text="The name of a header has letters, digits and a few signs, its value is Latin text on one line. Those "
        "that say where a request begins and ends are set by aegis.",
        bad='[services.qa]\nurl = "http://127.0.0.1:8001"\nheaders = { "Content-Length" = "5" }\n',
        good='[services.qa]\nurl = "http://127.0.0.1:8001"\nheaders = { Accept = "application/json" }\n',
    ),
    Code(
        code="AEG288",
        title="plugin that cannot be used",
        text="`plugins` in `[daemon]` names step types of installed plugins. There is no plugin with this one, or it "
        "cannot be loaded, or it would replace a step type of aegis itself. The message says which.",
        bad='[daemon]\nplugins = ["command"]\n',
        good="[daemon]\nplugins = []\n",
    ),
    Code(
        code="AEG289",
        title="plugins in an included file",
        text="Which plugins may be used is said in the main file: step types must be known before other files are "
        "read.",
        bad='# included.toml\n[daemon]\nplugins = ["wallop"]\n',
        good='# aegis.toml\ninclude = ["included.toml"]\n\n[daemon]\nplugins = ["wallop"]\n',
        kind="text",
    ),
    Code(
        code="AEG287",
        title="value that JSON cannot say",
        text="JSON has no dates, no infinite numbers, and readers round whole numbers above 2**53. Write them as "
        "strings.",
        bad=f'{_SERVICE}[[workflows.ci.steps]]\ntype = "http"\nservice = "qa"\njson = {{ day = 2026-11-21 }}\n',
        good=f'{_SERVICE}[[workflows.ci.steps]]\ntype = "http"\nservice = "qa"\njson = {{ day = "2026-11-21" }}\n',
    ),
)
