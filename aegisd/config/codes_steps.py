"""The codes of steps: their types, what they wait for, and what they run."""

from aegisd.config.code import Code

STEPS = (
    Code(
        code="AEG019",
        title="unknown step type",
        text="There is no such step type. A step with `run` needs no `type`: it is a `command`.",
        bad='[[workflows.ci.steps]]\ntype = "comand"\nrun = "make"\n',
        good='[[workflows.ci.steps]]\ntype = "command"\nrun = "make"\n',
    ),
    Code(
        code="AEG021",
        title="unknown step in needs",
        text="`needs` names a step that the workflow does not have. Names are those given with `name`, or the "
        "step's type.",
        bad='[[workflows.ci.steps]]\nname = "tests"\nrun = "make test"\n\n[[workflows.ci.steps]]\nname = '
        '"pack"\nrun = "make pack"\nneeds = ["test"]\n',
        good='[[workflows.ci.steps]]\nname = "tests"\nrun = "make test"\n\n[[workflows.ci.steps]]\nname = "pack"\n'
        'run = "make pack"\nneeds = ["tests"]\n',
    ),
    Code(
        code="AEG022",
        title="step needs itself",
        text="A step that waits for itself never starts.",
        bad='[[workflows.ci.steps]]\nname = "tests"\nrun = "make"\nneeds = ["tests"]\n',
        good='[[workflows.ci.steps]]\nname = "tests"\nrun = "make"\nneeds = []\n',
    ),
    Code(
        code="AEG023",
        title="needs twice",
        text="`needs` names a step twice. One of them is probably meant to be another.",
        bad='[[workflows.ci.steps]]\nname = "a"\nrun = "make"\n\n[[workflows.ci.steps]]\nname = "b"\nrun = "make"\n'
        'needs = ["a", "a"]\n',
        good='[[workflows.ci.steps]]\nname = "a"\nrun = "make"\n\n[[workflows.ci.steps]]\nname = "b"\nrun = "make"\n'
        'needs = ["a"]\n',
    ),
    Code(
        code="AEG024",
        title="two steps of one name",
        text="The name of a step is unique in its workflow: logs, events and `needs` go by it. A step without a "
        "`name` is called by its type.",
        bad='[[workflows.ci.steps]]\nrun = "make"\n\n[[workflows.ci.steps]]\nrun = "make test"\n',
        good='[[workflows.ci.steps]]\nname = "build"\nrun = "make"\n\n[[workflows.ci.steps]]\nname = "test"\n'
        'run = "make test"\n',
    ),
    Code(
        code="AEG025",
        title="step without a type",
        text="A step says with `run` what it runs, or with `type` what else it does.",
        bad='[[workflows.ci.steps]]\nname = "build"\n',
        good='[[workflows.ci.steps]]\nname = "build"\nrun = "make"\n',
    ),
    Code(
        code="AEG031",
        title="steps wait for each other",
        text="Each of the steps waits for another of them, so none would ever start. A step without `needs` "
        "waits for all steps before it in the file; that can close a circle too.",
        bad='[[workflows.ci.steps]]\nname = "a"\nrun = "make"\nneeds = ["b"]\n\n[[workflows.ci.steps]]\nname = '
        '"b"\nrun = "make"\nneeds = ["a"]\n',
        good='[[workflows.ci.steps]]\nname = "a"\nrun = "make"\n\n[[workflows.ci.steps]]\nname = "b"\nrun = "make"\n'
        'needs = ["a"]\n',
    ),
    Code(
        code="AEG035",
        title="parameter in a line of shell",
        text="A shell would run what the parameter holds: with `rm -r {folder}` and the value `x; reboot` the "
        "host reboots. Read the parameter from the environment, in quotes, or make `run` a list, which no "
        "shell reads.",
        bad='[workflows.ci]\nparams = { target = "a" }\n\n[[workflows.ci.steps]]\nrun = "deploy {target}"\n',
        good='[workflows.ci]\nparams = { target = "a" }\n\n[[workflows.ci.steps]]\nrun = \'deploy '
        '"$AEGIS_PARAM_TARGET"\'\n',
    ),
    Code(
        code="AEG036",
        title="nothing to run",
        text="`run` is empty.",
        bad='[[workflows.ci.steps]]\nrun = ""\n',
        good='[[workflows.ci.steps]]\nrun = "true"\n',
    ),
)
