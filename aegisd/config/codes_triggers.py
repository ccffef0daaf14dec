"""The codes of triggers: their types, workflows, parameters and times."""

from aegisd.config.code import Code

_CI = '[[workflows.ci.steps]]\nrun = "make"\n\n'

TRIGGERS = (
    Code(
        code="AEG255",
        title="unknown type of trigger",
        text="There is no trigger of that type.",
        bad=_CI + '[triggers.night]\ntype = "tmer"\nworkflow = "ci"\n',
        good=_CI + '[triggers.night]\ntype = "timer"\ncron = "0 2 * * *"\nworkflow = "ci"\n',
    ),
    Code(
        code="AEG256",
        title="unknown workflow in a trigger",
        text="The trigger names a workflow that no file defines.",
        bad=_CI + '[triggers.night]\ntype = "timer"\ncron = "0 2 * * *"\nworkflow = "cl"\n',
        good=_CI + '[triggers.night]\ntype = "timer"\ncron = "0 2 * * *"\nworkflow = "ci"\n',
    ),
    Code(
        code="AEG257",
        title="parameters of a trigger",
        text="The trigger gives a parameter that its workflow does not take, or lacks one that has no default. Its "
        "runs could never start.",
        bad='[workflows.deploy]\nparams = { target = {} }\n\n[triggers.night]\ntype = "timer"\ncron = "0 2 * * *"\n'
        'workflow = "deploy"\n',
        good='[workflows.deploy]\nparams = { target = {} }\n\n[triggers.night]\ntype = "timer"\ncron = "0 2 * * *"\n'
        'workflow = "deploy"\nparams = { target = "staging" }\n',
    ),
    Code(
        code="AEG258",
        title="not a cron expression",
        text="`cron` has five fields as in crontab(5): minute, hour, day of the month, month, day of the week; or six, "
        "with the second in front. Each is a number, `*`, a range (`1-5`), a list (`1,15`) or has a step (`*/10`). "
        "Days of the week are 0 to 7 or SUN to SAT, months 1 to 12 or JAN to DEC; `L` is the last day of a month, "
        "`FRI#2` its second Friday. A time that no year has is refused too.",
        bad=_CI + '[triggers.night]\ntype = "timer"\ncron = "0 25 * * *"\nworkflow = "ci"\n',
        good=_CI + '[triggers.night]\ntype = "timer"\ncron = "0 23 * * *"\nworkflow = "ci"\n',
    ),
    Code(
        code="AEG259",
        title="unknown time zone",
        text="The host knows no time zone of that name. Names are those below /usr/share/zoneinfo, such as `UTC` and "
        "`Europe/Berlin`. A host without any, as some containers are, needs the package tzdata.",
        bad=_CI + '[triggers.night]\ntype = "timer"\ncron = "0 2 * * *"\ntimezone = "Europe/Berln"\nworkflow = "ci"\n',
        good=_CI + '[triggers.night]\ntype = "timer"\ncron = "0 2 * * *"\ntimezone = "Europe/Berlin"\n'
        'workflow = "ci"\n',
    ),
    Code(
        code="AEG261",
        title="not an event that can be emitted",
        text="An `emit` step, and `aegisctl emit`, add events of your own: their type is `custom.` and one to four "
        "words of a-z, 0-9, `_` and `-`. All other types are aegisd's, so that nobody can tell of what did not happen.",
        bad='[[workflows.ci.steps]]\ntype = "emit"\nevent = "workflow.completed"\n',
        good='[[workflows.ci.steps]]\ntype = "emit"\nevent = "custom.deploy.finished"\n',
    ),
    Code(
        code="AEG262",
        title="not the data of an event",
        text="The data of an event is what JSON can say: texts, numbers, true and false, lists and tables, 64 KiB in "
        "all and at most 16 levels deep. Dates are written as texts. The key `by` is filled in by aegisd.",
        bad='[[workflows.ci.steps]]\ntype = "emit"\nevent = "custom.note"\ndata = { day = 2026-11-21 }\n',
        good='[[workflows.ci.steps]]\ntype = "emit"\nevent = "custom.note"\ndata = { day = "2026-11-21" }\n',
    ),
    Code(
        code="AEG260",
        title="workflows start each other",
        text="Triggers of type `workflow` close a circle: the run of each workflow would start one of the next, "
        "without end. Take one of them out, or set `enabled = false` in it.",
        bad=_CI + '[triggers.again]\ntype = "workflow"\nafter = "ci"\nworkflow = "ci"\n',
        good=_CI + '[workflows.pack]\n\n[triggers.pack]\ntype = "workflow"\nafter = "ci"\nworkflow = "pack"\n',
    ),
)
