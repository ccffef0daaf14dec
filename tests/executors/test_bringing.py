"""What is asked for of the files on a node, and a command as it is there. Pure."""

from aegisd.executors.command import Command
from aegisd.executors.job import JobGroup
from aegisd.executors.slurm.bringing import choose_files
from aegisd.executors.slurm.copied import move_command
from aegisd.executors.unpacking import Target


def test_what_is_asked_for() -> None:
    """Of the run's directory what the patterns name, of the attempt's folder everything; each goes to its place."""
    listed = b"work/out/a.txt\0work/out/b.log\0work/src/c.txt\0left/0003.1/doc\0left/0003.2/other\0"
    folders = {"left/0003.1": ("/state/left/0003.1", ()), "work": ("/srv", ("out/*.txt", "gone", "src"))}
    assert choose_files(listed, folders) == {
        b"left/0003.1/doc": Target(folder="/state/left/0003.1", names=("doc",)),
        b"work/out/a.txt": Target(folder="/srv", names=("out", "a.txt")),
        b"work/src/c.txt": Target(folder="/srv", names=("src", "c.txt")),
    }


def test_names_that_lead_out_stay_there() -> None:
    """A program can make names of any kind: what is no path below the folder is not asked for."""
    names = [b"../evil", b"a/../../evil", b"/etc/passwd", b"a//b", b"./a", b"", b"d/" * 50 + b"x", b"n" * 5000]
    listed = b"\0".join([*(b"work/" + name for name in names), b"/etc/passwd", b"..", b"workx/a", b"work/\xff\n-good"])
    found = choose_files(listed, {"work": ("/srv", ("**",))})
    assert list(found) == [b"work/\xff\n-good"]


def test_a_command_on_its_node() -> None:
    """Paths of the run, of what its steps may read and of what the attempt leaves are those of the copy; others, and
    those that only look alike, stay as they are."""
    group = JobGroup(name="ae.x.farm.7", dir="/state/runs/7", reads=("/usr/helpers", "/state/hook.json"))
    env = {
        "PWD": "/state/runs/7/sub",
        "AEGIS_WORKSPACE": "/state/runs/7",
        "AEGIS_ARTIFACTS": "/state/left/0003.1",
        "AEGIS_HELPERS": "/usr/helpers",
        "AEGIS_TRIGGER_FILE": "/state/hook.json",
        "MINE": "/state/runs/7",
    }
    argv = ("/usr/helpers/x.py", "--in", "/state/runs/7", "/state/runs/70", "-I/state/runs/7")
    command = Command(
        argv=argv, env=env, dir="/state/runs/7/sub", output_fd=1, writes=("/state/runs/7", "/state/left/0003.1")
    )
    moved = move_command(command, group, "/scratch/it")
    assert moved.argv == ("/scratch/it/reads/0/x.py", "--in", "/scratch/it/work", "/state/runs/70", "-I/state/runs/7")
    work = "/scratch/it/work"
    assert moved.dir == f"{work}/sub"
    assert moved.env == {
        "PWD": f"{work}/sub",
        "AEGIS_WORKSPACE": "/scratch/it/work",
        "AEGIS_ARTIFACTS": "/scratch/it/left/0003.1",
        "AEGIS_HELPERS": "/scratch/it/reads/0",
        "AEGIS_TRIGGER_FILE": "/scratch/it/reads/1",
        "MINE": "/state/runs/7",
    }
    assert move_command(command, None, "/scratch/it") == command
