"""The codes of webhooks: faults of `[[webhooks]]`, and refused calls about them."""

from aegisd.config.code import Code

_URL = 'url = "https://ci.example.org/hooks/aegis"\n'
_HOOK = f'[[webhooks]]\nname = "ci"\n{_URL}'
_GITHUB = '[[webhooks]]\nname = "github"\nformat = "github-status"\n'

WEBHOOKS = (
    Code(
        code="AEG220",
        title="address that nothing can be sent to",
        text="The url of a webhook begins with http:// or https://, names a host, and holds no user, password or "
        "fragment. Its port is 80, 443 or one from 1024. The message does not repeat it, because addresses can be "
        "secrets.",
        bad='[[webhooks]]\nname = "ci"\nurl = "ftp://ci.example.org/hooks"\n',
        good=_HOOK,
    ),
    Code(
        code="AEG221",
        title="address that webhooks may not reach",
        text="The url names an address that is never allowed (link-local, metadata of a cloud, multicast, reserved), "
        'that of this host without allow_loopback, or a private one with targets = "public". The addresses that a '
        "name stands for are checked when it is sent.",
        bad='[[webhooks]]\nname = "ci"\nurl = "http://169.254.169.254/latest"\n',
        good='[[webhooks]]\nname = "ci"\nurl = "http://127.0.0.1:8080/hook"\nallow_loopback = true\n',
    ),
    Code(
        code="AEG222",
        title="not a network",
        text="`allow_cidrs` takes networks such as 10.20.0.0/16 or fd12::/16, with nothing set behind the length.",
        bad=f'{_HOOK}targets = "public"\nallow_cidrs = ["10.20.0.1/16"]\n',
        good=f'{_HOOK}targets = "public"\nallow_cidrs = ["10.20.0.0/16"]\n',
    ),
    Code(
        code="AEG223",
        title="unknown event",
        text="No event of this version has that type, so the webhook will never get it. Types are compared exactly; "
        'there are no patterns but ["*"], all events. Types that begin with `custom.` are your own.',
        bad=f'{_HOOK}events = ["workflow.complete"]\n',
        good=f'{_HOOK}events = ["workflow.completed"]\n',
    ),
    Code(
        code="AEG224",
        title="github-status lacks something",
        text="The format github-status sends the state of a run to the commit that the run's parameter `sha` names: "
        "the url holds {sha}, a token is in secret, secret_file or credential, and it goes over https.",
        bad=f'{_GITHUB}url = "https://api.github.com/repos/dev1/app/statuses/main"\n',
        good=_HOOK,
    ),
    Code(
        code="AEG225",
        title="certification authorities cannot be used",
        text="`ca_file` is missing, cannot be read, or holds no certificate in PEM.",
        bad=f'{_HOOK}ca_file = "/no/such/ca.pem"\n',
        good=_HOOK,
    ),
    Code(
        code="AEG226",
        title="two webhooks of one name",
        text="Lists, commands and what waits to be sent know a webhook by its name, so it is unique in all files.",
        bad=f"{_HOOK}\n{_HOOK}",
        good=f"{_HOOK}\n{_HOOK.replace('ci', 'other', 1)}",
    ),
    Code(
        code="AEG227",
        title="secret from two places",
        text="A webhook has its secret from one of secret, secret_file and credential. To change it without losing "
        "deliveries, give a list of two in one of them: the secret in use, then the next. Receivers then find a "
        "signature of each.",
        bad='secret_file = "/etc/aegis/secrets/ci"\ncredential = "webhook-ci"',
        good='secret_file = ["/etc/aegis/secrets/ci", "/etc/aegis/secrets/ci-next"]',
        kind="text",
    ),
    Code(
        code="AEG228",
        title="secret cannot be had",
        text="The file or credential is missing or cannot be read, or others may read it: a secret's file has the "
        "mode 0600 or 0400. The configuration is refused, because unsigned deliveries would be taken for forged ones.",
        bad=f'{_HOOK}secret_file = "/no/such/file"\n',
        good=_HOOK,
    ),
    Code(
        code="AEG229",
        title="secret cannot be a key",
        text="The key has fewer than 24 bytes, which can be guessed, or what follows whsec_ is not base64.",
        bad=f'{_HOOK}secret = "$${{short}}"\n',
        good=_HOOK,
    ),
    Code(
        code="AEG230",
        title="secret in a file that others may read",
        text="The secret stands in the configuration, and the mode of the file lets its group or everybody read it.",
        bad='secret = "..." in a file of mode 0644',
        good='secret_file = "/etc/aegis/secrets/ci", of mode 0600',
        kind="text",
    ),
    Code(
        code="AEG231",
        title="secret in the file",
        text="The secret stands in the configuration, which is copied, shown and kept under version control. Better: "
        'secret_file, credential, or secret = "${NAME}".',
        bad=f'{_HOOK}secret = "7d1f5a9c3b8e4f60a2d4c6e8"\n',
        good=_HOOK,
    ),
    Code(
        code="AEG232",
        title="no such webhook",
        text="The configuration in force has no webhook of that name. After a change of the files, `aegisctl "
        "reload` makes aegisd read them again. Exit status 66.",
        bad="aegisctl webhooks test slakc",
        good="aegisctl webhooks",
        kind="console",
    ),
    Code(
        code="AEG233",
        title="no such delivery",
        text="There is no delivery of that number, or it is so old that it was removed: what was delivered is kept for "
        "a week, what died for 30 days. Exit status 66.",
        bad="aegisctl deliveries show d-999999",
        good="aegisctl deliveries",
        kind="console",
    ),
)
