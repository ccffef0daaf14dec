"""The codes of the HTTP door and of webhook triggers."""

from aegisd.config.code import Code

_CI = '[[workflows.ci.steps]]\nrun = "make"\n\n[triggers.push]\ntype = "webhook"\nworkflow = "ci"\n'

HTTP = (
    Code(
        code="AEG240",
        title="host not allowed",
        text="A request named a host that is none of this server's own names, and was refused with status 403. A web "
        "site can make its own name lead to this machine; what a browser then sends still carries that name. Names "
        "under which the server is really reached, such as that of a proxy, belong into `allowed_hosts`.",
        bad="GET /healthz HTTP/1.1\nHost: evil.example.org\n",
        good='[web]\nallowed_hosts = ["ci.example.org"]\n',
        kind="text",
    ),
    Code(
        code="AEG241",
        title="not an address",
        text="`bind` takes `HOST:PORT`, where HOST is an IP address or `localhost`, and `unix:PATH`. `allowed_hosts` "
        "takes names without ports, `url` the beginning of a URL.",
        bad='[web]\nbind = ["127.0.0.1"]\n',
        good='[web]\nbind = ["127.0.0.1:8640"]\n',
    ),
    Code(
        code="AEG242",
        title="secret of a trigger",
        text="A webhook trigger has no secret, or one that protects nothing: it has fewer than 8 bytes, or is not "
        "written as Standard Webhooks writes secrets (`whsec_` and base64 of 24 to 64 bytes).",
        bad='[[workflows.ci.steps]]\nrun = "make"\n\n[triggers.push]\ntype = "webhook"\nworkflow = "ci"\n'
        'provider = "github"\n',
        good='[triggers.push]\ntype = "webhook"\nworkflow = "ci"\nprovider = "github"\n'
        'secret_file = "/etc/aegis/secrets/github"\n',
        kind="text",
    ),
    Code(
        code="AEG243",
        title="file of a secret",
        text="The file that `secret_file` names cannot be used: it is not there, is empty, can be read by others, or "
        "belongs to neither root nor the user that aegisd runs as.",
        bad=_CI + 'provider = "github"\nsecret_file = "/no/such/file"\n',
        good="sudo install -m 600 -o root secret /etc/aegis/secrets/github\n",
        kind="text",
    ),
    Code(
        code="AEG244",
        title="secret in the configuration",
        text="The secret stands in the file itself. It works, but configurations are copied, shown and committed. "
        "Take it from the environment or from a systemd credential with `${NAME}`, or from a file.",
        bad=_CI + 'provider = "github"\nsecret = "0123456789abcdef"\n',
        good='[triggers.push]\ntype = "webhook"\nworkflow = "ci"\nprovider = "github"\nsecret = "${GITHUB_SECRET}"\n',
        kind="text",
    ),
    Code(
        code="AEG245",
        title="delivery not accepted",
        text="The delivery does not prove where it comes from, or there is no trigger of that name: the sender is not "
        "told which, and no run was started. `aegisctl triggers deliveries` tells the reason: the signature is "
        "missing, wrong or doubled, or its time is more than five minutes off.",
        bad="POST /hooks/push HTTP/1.1\nX-Hub-Signature-256: sha256=00...\n",
        good="give the sender the secret of the trigger, and compare the clocks\n",
        kind="text",
    ),
    Code(
        code="AEG246",
        title="too many deliveries",
        text="More deliveries came than `rate` of the trigger allows. The answer has status 429 and says in "
        "`Retry-After` when to come again. Raise `rate` if they are all meant.",
        bad="HTTP/1.1 429 Too Many Requests\n",
        good='[triggers.push]\ntype = "webhook"\nrate = 50\n',
        kind="text",
    ),
    Code(
        code="AEG247",
        title="body that cannot be used",
        text="The body of a delivery is larger than `max_body` (413), did not arrive within ten seconds (408), is "
        "compressed or of another type than JSON and forms (415), or is not the JSON that everybody reads in the "
        "same way (400): not UTF-8, deeper than 64, with NaN, or with a key twice. No run was started.",
        bad='{"ref": "refs/heads/main", "ref": "refs/heads/other"}\n',
        good='{"ref": "refs/heads/main"}\n',
        kind="text",
    ),
    Code(
        code="AEG248",
        title="keys of a webhook trigger",
        text="`header`, `encoding`, `id_header` and `event_header` belong to the provider `generic`, which must have "
        "`header`; the others know their headers. A value of `params` is a key of the payload's outermost table, or "
        "a JSON Pointer, which begins with `/`.",
        bad=_CI + 'provider = "github"\nsecret = "0123456789abcdef"\nheader = "X-Signature"\n',
        good=_CI + 'provider = "generic"\nsecret = "${HOOK_SECRET}"\nheader = "X-Signature"\n',
        kind="text",
    ),
    Code(
        code="AEG249",
        title="no such delivery",
        text="There is no delivery of that number, or its body is no longer kept: aegisd keeps the last 200 deliveries "
        "of each trigger, and 64 MiB of bodies in all.",
        bad="aegisctl triggers replay 9999\n",
        good="aegisctl triggers deliveries\n",
        kind="console",
    ),
)
