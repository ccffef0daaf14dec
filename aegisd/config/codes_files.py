"""The codes of files: how they are read, TOML itself, sections, and variables."""

from aegisd.config.code import Code

FILES = (
    Code(
        code="AEG001",
        title="not TOML",
        text="The file breaks a rule of TOML. Nothing else in it is looked at until that is repaired; other files are.",
        bad="[daemon]\nname = buildhost\n",
        good='[daemon]\nname = "buildhost"\n',
    ),
    Code(
        code="AEG002",
        title="given twice",
        text="TOML allows each key and each table once. The second place would contradict the first.",
        bad="[daemon]\nruns = 2\nruns = 4\n",
        good="[daemon]\nruns = 4\n",
    ),
    Code(
        code="AEG003",
        title="cannot read a file",
        text="A file that was named is missing, is a folder or a pipe, or may not be read by the user that "
        "aegisd runs as. A file that is named without wildcards in `include` has to exist.",
        bad='include = ["no-such-file.toml"]\n',
        good="[daemon]\nruns = 4\n",
    ),
    Code(
        code="AEG004",
        title="not UTF-8",
        text="Configuration files, and the variables and credentials that `${NAME}` stands for, have to be UTF-8.",
        bad='description = "caf\\xe9"     (saved as Latin-1)',
        good='description = "café"     (saved as UTF-8)',
        kind="text",
    ),
    Code(
        code="AEG005",
        title="too much",
        text="A file may have 4 MiB, 200,000 values, and tables and lists nested 32 deep. Split it, and use `include`.",
        bad="[a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.a.b.c.d.e.f.g]\n",
        good="[daemon]\nruns = 4\n",
    ),
    Code(
        code="AEG006",
        title="too many files",
        text="Files may include each other 8 deep, and there may be 1000 of them.",
        bad='include = ["a.toml"]     (which includes b.toml, and so on, 9 times)',
        good='include = ["workflows.d/*.toml"]',
        kind="text",
    ),
    Code(
        code="AEG007",
        title="section in two files",
        text="`[daemon]` and `[control]` each belong into one file, so that it is plain which value is in "
        "force. Every file may add workflows.",
        bad="[daemon]     in aegis.toml, and again in a file that it includes",
        good="[daemon]     in aegis.toml only",
        kind="text",
    ),
    Code(
        code="AEG008",
        title="variable not set",
        text="`${NAME}` in a string is taken from the environment of aegisd, or from a systemd credential of "
        "that name. A missing one is an error: an empty value in its place would go unnoticed. `$${NAME}` "
        "is the text itself. In `run` the shell reads `${NAME}`, not aegis.",
        bad='[daemon]\nname = "${AEGIS_EXAMPLE_NAME}"\n',
        good='[workflows.ci]\nenv = { TEXT = "$${AEGIS_EXAMPLE_NAME}" }\n',
    ),
    Code(
        code="AEG009",
        title="not a variable",
        text="Between `${` and `}` stands a name of letters, digits and `_`. There are no defaults and no other "
        "operators as in a shell. `$${...}` is the text itself.",
        bad='[workflows.ci]\nenv = { HOST = "${HOST:-localhost}" }\n',
        good='[workflows.ci]\nenv = { HOST = "localhost" }\n',
    ),
    Code(
        code="AEG010",
        title="unknown section",
        text="aegis refuses sections that it does not know: a misspelt one would be ignored in silence.",
        bad="[deamon]\nruns = 4\n",
        good="[daemon]\nruns = 4\n",
    ),
    Code(
        code="AEG011",
        title="section of a later version",
        text="The section is planned, but this version of aegis does nothing with it. It is refused, so that "
        "nobody waits for what will not happen.",
        bad='[web]\nbind = ["127.0.0.1:8640"]\n',
        good='# [web]\n# bind = ["127.0.0.1:8640"]\n',
    ),
    Code(
        code="AEG026",
        title="one name in two files",
        text="A workflow or a trigger belongs into one file, and its name may be taken once.",
        bad="[workflows.ci]     in a.toml and in b.toml",
        good="[workflows.ci]     in a.toml, [workflows.nightly] in b.toml",
        kind="text",
    ),
)
