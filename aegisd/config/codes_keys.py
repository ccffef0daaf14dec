"""The codes of keys and values."""

from aegisd.config.code import Code

KEYS = (
    Code(
        code="AEG012",
        title="unknown key",
        text="aegis refuses keys that it does not know, because a misspelt key would be ignored in silence: "
        "`timout` would leave the step without a limit. `aegisctl explain step` lists the keys of a step, "
        "and so for `workflow`, `daemon` and `control`.",
        bad='[[workflows.ci.steps]]\nrun = "make"\ntimout = "10m"\n',
        good='[[workflows.ci.steps]]\nrun = "make"\ntimeout = "10m"\n',
    ),
    Code(
        code="AEG013",
        title="key missing",
        text="A key that has no default was left out.",
        bad='[[workflows.ci.steps]]\ntype = "wait"\n',
        good='[[workflows.ci.steps]]\ntype = "wait"\nseconds = "30s"\n',
    ),
    Code(
        code="AEG014",
        title="wrong type",
        text="The value is of another type than the key takes: a string in the place of a number, a number in "
        "the place of a string, one value in the place of a list. `true` and `false` are not numbers.",
        bad='[daemon]\nruns = "4"\n',
        good="[daemon]\nruns = 4\n",
    ),
    Code(
        code="AEG015",
        title="value out of range",
        text="The value is of the right type, but cannot be meant: below or above what the key takes, or not a "
        'duration or size. Durations are seconds (30, 0.5) or strings such as "90s", "10m", "1h30m"; sizes '
        'are bytes or strings such as "500KiB", "10GiB". A `timeout` of 0 is refused: leave the key out '
        "for no limit.",
        bad='[[workflows.ci.steps]]\nrun = "make"\nretries = -1\n',
        good='[[workflows.ci.steps]]\nrun = "make"\nretries = 2\n',
    ),
    Code(
        code="AEG016",
        title="unknown choice",
        text="The key takes one of a few words, and this is none of them.",
        bad='[[workflows.ci.steps]]\nrun = "make"\ncondition = "on_succes"\n',
        good='[[workflows.ci.steps]]\nrun = "make"\ncondition = "on_success"\n',
    ),
    Code(
        code="AEG017",
        title="not a name",
        text="Names have letters, digits, `.`, `_` and `-`, at most 64, and begin with a letter or digit. They "
        "appear in file names and on command lines. The name of a workflow is not a number alone, for a "
        "number stands for a run.",
        bad='[workflows."nightly build"]\n',
        good="[workflows.nightly-build]\n",
    ),
    Code(
        code="AEG032",
        title="not the name of a variable",
        text="The name of an environment variable has letters, digits and `_`, and does not begin with a digit. "
        "Others cannot be read in a shell.",
        bad='[workflows.ci]\nenv = { "MY-VAR" = "1" }\n',
        good='[workflows.ci]\nenv = { MY_VAR = "1" }\n',
    ),
    Code(
        code="AEG033",
        title="NUL character",
        text="No program can take a NUL character in its arguments, its environment or a path.",
        bad='[workflows.ci]\nenv = { TEXT = "a\\u0000b" }\n',
        good='[workflows.ci]\nenv = { TEXT = "ab" }\n',
    ),
    Code(
        code="AEG034",
        title="name of a parameter",
        text="Steps read a parameter as the variable `AEGIS_PARAM_NAME`. So its name has letters, digits and "
        "`_` only, and two parameters cannot differ in upper and lower case alone.",
        bad='[workflows.ci]\nparams = { target = "a", Target = "b" }\n',
        good='[workflows.ci]\nparams = { target = "a", other = "b" }\n',
    ),
)
