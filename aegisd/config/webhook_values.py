"""The keys of `[[webhooks]]`. What they hold is used as it is by the senders (`aegisd/sinks/`)."""

from enum import StrEnum

from attrs import field, frozen

from aegisd.core.schema import Kind, key

SCHEDULE = (0.0, 5.0, 300.0, 1800.0, 7200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0)
"""When a delivery is tried: seconds after the attempt before (Standard Webhooks)."""

STATUS_EVENTS = ("workflow.queued", "workflow.started", "workflow.resumed", "workflow.completed")
"""What the format github-status sends."""


class WebhookFormat(StrEnum):
    """What the receiver is sent."""

    AEGIS = "aegis"
    CLOUDEVENTS = "cloudevents"
    SLACK = "slack"
    GITHUB_STATUS = "github-status"


class Targets(StrEnum):
    """Which addresses may be reached."""

    INTRANET = "intranet"
    PUBLIC = "public"


class On(StrEnum):
    """Which ends of runs are told."""

    ALWAYS = "always"
    CHANGE = "change"


@frozen(kw_only=True)
class WebhookConfig:
    """The keys of a `[[webhooks]]`. `keys` are the secrets, from wherever they came, the current one first."""

    name: str = key(Kind.NAME, "What the webhook is called in lists and commands. Unique in all files.", example='"ci"')
    url: str = key(
        Kind.TEXT,
        "Where events are sent: `http://` or `https://`, port 80, 443 or from 1024. For `github-status` it holds "
        "`{sha}`, which is the run's parameter of that name.",
        example='"https://ci.example.org/hooks/aegis"',
    )
    events: tuple[str, ...] = key(
        Kind.TEXTS,
        'The types of event that are sent, each by its exact name, or `["*"]` for all.',
        example='["workflow.completed", "failure.detected"]',
        default=("workflow.completed",),
        default_text='`["workflow.completed"]`; for `github-status` what changes the state of a run',
    )
    format: WebhookFormat = key(  # noqa: RUF009 - attrs' field()
        Kind.CHOICE,
        "What is sent: `aegis` (every field of the event), `cloudevents` (CloudEvents 1.0, structured), `slack` (a "
        "message for an incoming webhook of Slack), `github-status` (the status of a commit; a secret is the token).",
        example='"cloudevents"',
        default=WebhookFormat.AEGIS,
    )
    on: On = key(  # noqa: RUF009 - attrs' field()
        Kind.CHOICE,
        "With `change`, a `workflow.completed` is sent only if the workflow ended otherwise than the time before.",
        example='"change"',
        default=On.ALWAYS,
        default_text='`"always"`, for `slack` `"change"`',
    )
    link: str | None = key(
        Kind.TEXT,
        "The address of a run for people, with `{run}` for its number; it is in what is sent.",
        example='"https://ci.example.org/runs/{run}"',
        default=None,
        default_text="none",
    )
    secret: tuple[str, ...] = key(
        Kind.SECRETS,
        "The key that deliveries are signed with: `whsec_` and base64, or any text of at least 24 bytes. A list of "
        "two while it is changed: the one in use, then the next.",
        example='"${AEGIS_WEBHOOK_SECRET}"',
        default=(),
        default_text="none: deliveries are not signed",
    )
    secret_file: tuple[str, ...] = key(
        Kind.SOME_TEXTS,
        "A file that holds the secret, or two of them while it is changed. Nobody but its owner may read it (0600 or "
        "0400). It is read at the start and at a reload.",
        example='"/etc/aegis/secrets/ci"',
        default=(),
        default_text="none",
    )
    credential: tuple[str, ...] = key(
        Kind.SOME_TEXTS,
        "The name of a systemd credential that holds the secret (`LoadCredential=` of aegisd's unit), or two of them.",
        example='"webhook-ci"',
        default=(),
        default_text="none",
    )
    timeout: float = key(
        Kind.DURATION,
        "Bounds one attempt from the look-up of the name to the end of the answer.",
        example='"10s"',
        default=10.0,
        minimum=0.1,
        maximum=60,
        default_text='"10s"',
    )
    max_concurrent: int = key(
        Kind.COUNT,
        "Deliveries that may be under way at once. 1 keeps the order of events: each waits until the one before it "
        "was taken, or given up.",
        example="4",
        default=1,
        minimum=1,
        maximum=8,
    )
    schedule: tuple[float, ...] = key(
        Kind.DURATIONS,
        "When a delivery is tried: the first after the event, each other one after the attempt before, spread by 20 %. "
        "After the last it is dead.",
        example='["0s", "5s", "1m", "10m"]',
        default=SCHEDULE,
        maximum=7 * 86_400,
        default_text='`["0s", "5s", "5m", "30m", "2h", "5h", "10h", "14h", "20h", "1d"]`',
    )
    targets: Targets = key(  # noqa: RUF009 - attrs' field()
        Kind.CHOICE,
        "Which addresses may be reached: `public` none of private networks, `intranet` those too. Addresses of "
        "clouds' metadata, link-local, multicast and reserved ones never.",
        example='"public"',
        default=Targets.INTRANET,
    )
    allow_hosts: tuple[str, ...] = key(
        Kind.TEXTS,
        "With `public`: hosts that may have private addresses.",
        example='["ci.corp.example"]',
        default=(),
        default_text="none",
    )
    allow_cidrs: tuple[str, ...] = key(
        Kind.TEXTS,
        "With `public`: private networks that may be reached.",
        example='["10.20.0.0/16"]',
        default=(),
        default_text="none",
    )
    allow_loopback: bool = key(
        Kind.FLAG, "Whether this host itself may be reached, at 127.0.0.1 and ::1.", example="true", default=False
    )
    proxy: str | None = key(
        Kind.TEXT,
        "The HTTP proxy that connects to the receiver, `http://HOST:PORT`. It looks names up, so that `targets` judges "
        "addresses in numbers only. Without it none is used, whatever `HTTP_PROXY` says.",
        example='"http://127.0.0.1:4750"',
        default=None,
        default_text="none",
    )
    ca_file: str | None = key(
        Kind.PATH,
        "Further certification authorities (PEM), beside those of the system. Certificates are always verified.",
        example='"/etc/aegis/ca.pem"',
        default=None,
        default_text="none",
    )
    enabled: bool = key(Kind.FLAG, "Whether events are sent.", example="false", default=True)
    keys: tuple[str, ...] = field(default=())

    def __repr__(self) -> str:
        """The name alone: keys and addresses can be secret."""
        return f"WebhookConfig(name={self.name!r})"
