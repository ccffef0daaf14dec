"""The codes of artifacts and reports."""

from aegisd.config.code import Code

ARTIFACTS = (
    Code(
        code="AEG295",
        title="not a pattern of files",
        text="`artifacts` and `reports` name files in the run's directory: relative paths, in which `*`, `?` and "
        "`[...]` stand for parts of a name and `**` for any number of folders. They cannot be absolute, nor lead out "
        "with `..`.",
        bad='[[workflows.ci.steps]]\nrun = "make"\nartifacts = ["../dist/*"]\n',
        good='[[workflows.ci.steps]]\nrun = "make"\nartifacts = ["dist/*"]\n',
    ),
    Code(
        code="AEG296",
        title="too many patterns",
        text="A step takes at most 100 patterns. The name of a folder stands for all that is in it, and `**` for any "
        "number of folders.",
        bad='[[workflows.ci.steps]]\nrun = "make"\nartifacts = [\n' + '    "a", "a", "a",\n' * 34 + "]\n",
        good='[[workflows.ci.steps]]\nrun = "make"\nartifacts = ["dist"]\n',
    ),
)

REFUSED = (
    Code(
        code="AEG297",
        title="no such artifact",
        text="The run has no artifact of that name: its step named other files, it was refused (the event "
        "artifact.refused says why), deleted, or let go of (`keep` in [artifacts]). Exit status 66.",
        bad="aegisctl artifacts get 842 coverge.xml",
        good="aegisctl artifacts 842",
        kind="console",
    ),
    Code(
        code="AEG298",
        title="artifact refused",
        text="The name cannot be that of an artifact, or the run has as many artifacts, or as many bytes of them, as "
        "[artifacts] in the configuration allows. Nothing was kept. Exit status 2.",
        bad="aegisctl artifacts put 842 ../notes.txt notes.txt",
        good="aegisctl artifacts put 842 notes.txt notes.txt",
        kind="console",
    ),
    Code(
        code="AEG300",
        title="no such file",
        text="A file that aegisctl was to read is not there. Exit status 66.",
        bad="aegisctl artifacts put 842 plan paln.json",
        good="aegisctl artifacts put 842 plan plan.json",
        kind="console",
    ),
    Code(
        code="AEG301",
        title="not a whole bundle",
        text="The file is no bundle that `aegisctl export` wrote, or is not any more: it was cut off, changed, or "
        "packed again by another program. A bundle must be byte for byte what its manifest says. Exit status 1.",
        bad="aegisctl export --verify run-842.tar.gz     (somebody has changed it)",
        good="aegisctl export 842 && aegisctl export --verify run-842.tar.gz",
        kind="console",
    ),
)
