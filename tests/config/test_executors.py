"""Executors and what steps say of them: whose word counts, and what is refused."""

import pytest

from aegisd.config.show import describe_changes, render_config
from aegisd.core.executor_keys import SlurmKeys, SlurmMode
from tests.config.check import check, load_text

FARM = '[executors.farm]\ntype = "slurm"\n'


def _codes(text: str) -> list[str]:
    return [f"{each.line} {each.code}" for each in check(text)[1] if each.severity == "error"]


def test_whose_word_counts() -> None:
    """A step's own word, else its workflow's, else the daemon's; a step without a program runs nowhere."""
    steps = "[[workflows.{0}.steps]]\nrun = 'x'\n[[workflows.{0}.steps]]\nname = 'own'\nrun = 'x'\nexecutor = '{1}'\n"
    text = f"[daemon]\ndefault_executor = 'farm'\n{FARM}[executors.other]\ntype = 'slurm'\n"
    text += steps.format("a", "other") + "[workflows.b]\nexecutor = 'other'\n" + steps.format("b", "local")
    text += "[[workflows.b.steps]]\ntype = 'wait'\nseconds = 1\n"
    config = load_text(text)
    assert [step.executor for step in config.workflows["a"].steps] == ["farm", "other"]
    assert [step.executor for step in config.workflows["b"].steps] == ["other", None, None]


def test_slots_of_this_host() -> None:
    """Only where this host has slots do its steps go through an executor."""
    step = "[[workflows.a.steps]]\nrun = 'x'\n"
    assert load_text(step).workflows["a"].steps[0].executor is None
    slots = load_text(f"[executors.local]\ntype = 'local'\nslots = 2\n{step}")
    assert slots.workflows["a"].steps[0].executor == "local"


def test_values() -> None:
    """Keys of the type, with their defaults."""
    config = load_text(f"{FARM}mode = 'detached'\nspool = '/s'\nmemory = '2GiB'\ngrace = '3s'\n")
    spec = config.executors["farm"].spec
    assert spec == SlurmKeys(mode=SlurmMode.DETACHED, spool="/s", memory=2**31, grace=3.0)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("[executors.farm]\ntype = 'slurm'\nmode = 'detached'\n", ["3 AEG282"]),
        (f"{FARM}spool = '/s'\n", ["3 AEG282"]),
        (f"{FARM}mode = 'detached'\nspool = '/s'\nallocation = 'run'\n", ["5 AEG282"]),
        (f"{FARM}workspace = 'copied'\n", ["3 AEG282"]),
        (f"{FARM}scratch = '/s'\ncopy_limit = '1GiB'\n", ["3 AEG282", "4 AEG282"]),
        (f"{FARM}allocation = 'run'\nworkspace = 'copied'\ncopy_limit = '1GiB'\n", []),
        (f"{FARM}allocation = 'run'\nworkspace = 'copied'\ncopy_limit = 1\n", ["5 AEG015"]),
        (f"{FARM}allocation = 'job'\n", ["3 AEG016"]),
        (f"{FARM}slots = 3\n", ["3 AEG012"]),
        (f"{FARM}poll_interval = 0\n", ["3 AEG015"]),
        (f"{FARM}bin = 3\n", ["3 AEG014"]),
        (f"{FARM}env = ['LANG', 'SLURM_CONF', 'SRUN_X']\n", ["3 AEG399", "3 AEG399"]),
        (f"{FARM}env = ['AEGIS_TOKEN']\n", ["3 AEG399"]),
        (f"{FARM}env = ['A-B']\n", ["3 AEG032"]),
        ("[executors.farm]\ntype = 'local'\n", ["2 AEG369"]),
        ("[executors.farm]\n", ["1 AEG013"]),
        ("executors = [1]\n", ["1 AEG014"]),
        ("[executors]\nfarm = 1\n", ["2 AEG014"]),
        ("[daemon]\ndefault_executor = 'fram'\n", ["2 AEG367"]),
        (f"{FARM}[workflows.a]\nexecutor = 'fram'\n[[workflows.a.steps]]\nrun = 'x'\n", ["4 AEG367"]),
        ("[[workflows.a.steps]]\nrun = 'x'\nresources = { cpus = 2 }\n", ["1 AEG368"]),
        ("[[workflows.a.steps]]\nrun = 'x'\nretries = 1\nretry_on = ['failure', 'looser']\n", ["4 AEG016"]),
        ("[[workflows.a.steps]]\ntype = 'wait'\nseconds = 1\nqueue_timeout = 2\n", ["4 AEG366"]),
        (f"{FARM}[[workflows.a.steps]]\nrun = 'x'\nexecutor = 'farm'\nsandbox = 'bwrap'\n", ["6 AEG368"]),
        (f"{FARM}[[workflows.a.steps]]\nrun = 'x'\nexecutor = 'farm'\nwait_for_children = true\n", ["6 AEG368"]),
        (f"{FARM}[[workflows.a.steps]]\nrun = 'x'\nexecutor = 'farm'\nresources = {{ cpus = 0 }}\n", ["6 AEG015"]),
    ],
)
def test_refused(text: str, codes: list[str]) -> None:
    """Every fault has its place and its code."""
    assert _codes(text) == codes


@pytest.mark.parametrize("key", ["constraint", "partition"])
def test_steps_of_one_allocation_agree(key: str) -> None:
    """With one allocation for a run its steps are on one node, and cannot ask for different ones; of `cpus` the
    greatest counts."""
    asks = (f"{key} = 'x', cpus = 2", f"{key} = 'x'", "cpus = 3")
    step = "[[workflows.a.steps]]\nname = 's{}'\nrun = 'x'\nexecutor = 'farm'\nresources = {{ {} }}\n"
    text = "".join(step.format(number, ask) for number, ask in enumerate(asks))
    text += "[[workflows.a.steps]]\ntype = 'wait'\nseconds = 1\n"
    assert _codes(f"{FARM}{text}") == []
    assert _codes(f"{FARM}allocation = 'run'\n{text}") == ["18 AEG400"]


def test_advice_for_a_variable_of_slurm() -> None:
    """The message has the place of the very name, and says which key it is."""
    problems = check(f"{FARM}env = ['LANG', 'SBATCH_PARTITION']\n")[1]
    assert [(each.line, each.column, each.help) for each in problems] == [(3, 16, "say `partition`")]


def test_show_and_reload() -> None:
    """What is shown reads back as the same; added executors come with a reload, changed ones do not."""
    step = "[[workflows.a.steps]]\nrun = 'x'\nexecutor = 'farm'\nresources = { cpus = 2 }\n"
    config = load_text(f"{FARM}cpus = 3\n{step}")
    again = load_text(render_config(config, origin=False))
    assert describe_changes(config, again) == ("nothing changed",)
    more = load_text(f"{FARM}cpus = 3\n[executors.two]\ntype = 'slurm'\n{step}")
    assert describe_changes(config, more) == ("executors: 1 added (two)",)
    other = load_text(f"{FARM}cpus = 4\n{step}")
    assert describe_changes(config, other) == (
        "executors: 1 changed (farm) (takes effect when aegisd is started again)",
    )
