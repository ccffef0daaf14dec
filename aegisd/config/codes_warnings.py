"""The codes of warnings: a configuration that works, but probably not as it is meant. `validate --strict` fails on
them."""

from aegisd.config.code import Code

WARNINGS = (
    Code(
        code="AEG041",
        title="include matches nothing",
        text="A pattern of `include` matches no file. Patterns are relative to the file that has them, and `*` "
        "does not match folders or names that begin with a dot.",
        bad='include = ["no-such-folder/*.toml"]\n',
        good="[daemon]\nruns = 4\n",
    ),
    Code(
        code="AEG042",
        title="file included twice",
        text="Two patterns of `include` match one file. It is loaded once.",
        bad='include = ["ci.toml", "*.toml"]',
        good='include = ["*.toml"]',
        kind="text",
    ),
    Code(
        code="AEG043",
        title="step may take longer than its workflow",
        text="The workflow's `timeout` ends the run and all steps in it, so the step's own is never reached.",
        bad='[workflows.ci]\ntimeout = "5m"\n\n[[workflows.ci.steps]]\nrun = "make"\ntimeout = "10m"\n',
        good='[workflows.ci]\ntimeout = "15m"\n\n[[workflows.ci.steps]]\nrun = "make"\ntimeout = "10m"\n',
    ),
    Code(
        code="AEG044",
        title="almost a parameter",
        text="`{name}` stands for a parameter only if the workflow has one of that name; otherwise it stays as "
        "it is. This one is spelled almost like a parameter.",
        bad='[workflows.ci]\nparams = { target = "a" }\n\n[[workflows.ci.steps]]\nrun = ["deploy", "{traget}"]\n',
        good='[workflows.ci]\nparams = { target = "a" }\n\n[[workflows.ci.steps]]\nrun = ["deploy", "{target}"]\n',
    ),
    Code(
        code="AEG045",
        title="retry_delay above max_retry_delay",
        text="The wait before a retry is never longer than `max_retry_delay`, which is 60 s unless it is given.",
        bad='[[workflows.ci.steps]]\nrun = "make"\nretries = 3\nretry_delay = "5m"\n',
        good='[[workflows.ci.steps]]\nrun = "make"\nretries = 3\nretry_delay = "5m"\nmax_retry_delay = "1h"\n',
    ),
    Code(
        code="AEG046",
        title="parameter in a script",
        text='In `["sh", "-c", "..."]` a shell reads the script, and would run what the parameter holds. Read '
        "the parameter from the environment instead.",
        bad='[workflows.ci]\nparams = { target = "a" }\n\n[[workflows.ci.steps]]\nrun = ["sh", "-c", "deploy '
        '{target}"]\n',
        good='[workflows.ci]\nparams = { target = "a" }\n\n[[workflows.ci.steps]]\n'
        'run = ["sh", "-c", \'deploy "$AEGIS_PARAM_TARGET"\']\n',
    ),
)
