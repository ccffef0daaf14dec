"""What runs on the host of the tests of the page of a run: a workflow with all that a page can show, whose strings are
as hostile as they can be, one that waits for a file, and one of many steps."""

CONFIG = '''
[workflows.quality]
params = {{ what = "nothing" }}
[[workflows.quality.steps]]
name = "lint"
phase = "check"
run = "true"
[[workflows.quality.steps]]
name = "types"
phase = "check"
run = "true"
[[workflows.quality.steps]]
name = "tests"
run = """cat {folder}/lines; cp {folder}/report.xml .; cp report.xml "$(cat {folder}/key)"; exit 3"""
retries = 1
retry_delay = "10ms"
artifacts = ["*.xml", "*onerror*"]
reports = ["report.xml"]
[[workflows.quality.steps]]
name = "package"
run = "true"
[[workflows.quality.steps]]
name = "clean"
condition = "always"
run = """
{ctl} emit llm.responded model="$(cat {folder}/key)" prompt_tokens:=900 completion_tokens:=90 cost_usd:=0.25
"""

[workflows.gated]
[[workflows.gated.steps]]
name = "first"
run = "until test -e {folder}/go; do sleep 0.05; done; echo the last line; exit 1"
allow_failure = true
[[workflows.gated.steps]]
name = "second"
run = "exec sleep 300"
[[workflows.gated.steps]]
name = "third"
run = "true"

[workflows.wide]
{wide}

[[webhooks]]
name = "closed"
url = "http://127.0.0.1:1029/x"
allow_loopback = true
'''
WIDE = "\n".join(
    f'[[workflows.wide.steps]]\nname = "w{number}"\ntype = "wait"\nseconds = 0\nparallel = true' for number in range(25)
)
REPORT = (
    '<testsuite><testcase name="fine" time="0.1"/>'
    '<testcase classname="a" name="&lt;img src=x onerror=alert(1)&gt;" time="0.5">'
    '<failure message="&lt;script&gt;alert(1)&lt;/script&gt;"/></testcase></testsuite>'
)
