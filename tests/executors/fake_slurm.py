"""Slurm's commands as scripts of the shell that only keep books: for thousands of jobs, and where no cluster can be.

`sbatch` writes the job's output and its end at once, and a line into `jobs`. `squeue` tells from the time since then
that it runs (for `hold` seconds), that it has ended, and after `remembered` more seconds nothing any more, as
`MinJobAge` has it. A job's number is made of run, step and attempt, so that there is no counter to be fought over.
`calls` has a line for each call of `squeue` and `scancel`.
"""

from pathlib import Path

_SBATCH = """\
#!/bin/sh
while [ $# -gt 0 ]; do
    case $1 in -J) name=$2; shift ;; -o) log=$2; shift ;; esac
    shift
done
read -r now _ </proc/uptime
attempt=${name##*.} rest=${name%.*}
step=${rest##*.} rest=${rest%.*}
number=$((${rest##*.} * 1000000 + step * 10 + attempt))
echo 'a line' >>"$log"
echo "aegis-exit $name 0" >"${log%.log}.end"
echo "$number $now $name" >>FOLDER/jobs
echo "$number"
"""

_SQUEUE = """\
#!/bin/sh
while [ $# -gt 0 ]; do
    case $1 in -O) format=$2; shift ;; esac
    shift
done
echo squeue >>FOLDER/calls
read -r now _ </proc/uptime
exec awk -v now="$now" -v format="$format" '
    BEGIN {
        count = split(format, fields, ",")
        for (place = 1; place <= count; place++) sub(/:.*/, "", fields[place])
        told["Reason"] = "None"; told["NodeList"] = "n1"; told["StartTime"] = "2026-01-01T00:00:00"
    }
    FILENAME ~ /cancelled$/ { cancelled[$1] = $2; next }
    {
        ended = $2 + HOLD; state = "COMPLETED"; status = 0
        if ($1 in cancelled && cancelled[$1] < ended) { ended = cancelled[$1]; state = "CANCELLED"; status = 15 }
        if (now < ended) { state = "RUNNING"; status = 0 }
        if (now >= ended + KEPT) next
        told["JobID"] = $1; told["State"] = state; told["exit_code"] = status; told["Name"] = $3
        line = told[fields[1]]
        for (place = 2; place <= count; place++) line = line "|" told[fields[place]]
        print line
    }' FOLDER/cancelled FOLDER/jobs
"""

_SCANCEL = """\
#!/bin/sh
echo scancel >>FOLDER/calls
read -r now _ </proc/uptime
for each; do
    case $each in [0-9]*) echo "$each $now" >>FOLDER/cancelled ;; esac
done
"""

_SINFO = "#!/bin/sh\necho 'n1 idle'\n"


def write_commands(folder: Path, *, hold: float, remembered: float) -> Path:
    """The commands in `folder`/bin, which is returned; `hold` and `remembered` in seconds."""
    commands = folder / "bin"
    commands.mkdir(parents=True)
    for name in ("jobs", "cancelled", "calls"):
        (folder / name).touch()
    for name, text in (("sbatch", _SBATCH), ("squeue", _SQUEUE), ("scancel", _SCANCEL), ("sinfo", _SINFO)):
        filled = text.replace("FOLDER", str(folder)).replace("HOLD", f"{hold:g}").replace("KEPT", f"{remembered:g}")
        path = commands / name
        path.write_text(filled)
        path.chmod(0o755)
    return commands
