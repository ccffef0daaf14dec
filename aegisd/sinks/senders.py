"""All webhooks of the configuration in force, a task for each; what a reload and what operators do to them."""

import logging
import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import trio
from attrs import define

from aegisd.config.webhook_values import WebhookConfig, WebhookFormat
from aegisd.core.delivery import Load, WebhookState
from aegisd.core.masking import Redactor
from aegisd.core.model import Result
from aegisd.core.record import RunFilter
from aegisd.sinks.books import Books, digest_target
from aegisd.sinks.changes import Changes
from aegisd.sinks.housekeeping import DROP_AFTER_S, keep_house
from aegisd.sinks.outbox import Outbox
from aegisd.sinks.webhook import Means, Sender
from aegisd.store import Store
from aegisd.timeline.identity import format_time
from aegisd.timeline.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable

    from aegisd.core.targets import TargetPolicy
    from aegisd.sinks.post import Post

_log = logging.getLogger("aegisd.webhooks")

_LAST_WORDS_S = 2.0
_RUNS_LOOKED_AT = 1000


@define(eq=False)
class _Hosting:
    """A sender that runs, or is about to."""

    sender: Sender
    started: bool = False


class Senders:
    """`configure` says which webhooks there are; `run` sends until `close`."""

    def __init__(self, *, store: Store, recorder: Recorder, outbox: Outbox, means: Means, host: str) -> None:
        self.changes = Changes()
        self.outbox = outbox
        self.host = host
        self._store = store
        self._recorder = recorder
        self._means = means
        self._hostings: dict[str, _Hosting] = {}
        self._results: dict[str, Result] = {}
        self._configuring = trio.Lock()
        self._changed = trio.Event()
        self._closed = trio.Event()

    @property
    def all(self) -> Mapping[str, Sender]:
        """The senders by the name of the webhook, in the order of the configuration."""
        return {name: hosting.sender for name, hosting in self._hostings.items()}

    async def configure(self, webhooks: Mapping[str, WebhookConfig]) -> None:
        """Send to `webhooks` from now on. What waits for one that is gone stays in the outbox, should it come back."""
        async with self._configuring:
            await self._configure(webhooks)

    async def _configure(self, webhooks: Mapping[str, WebhookConfig]) -> None:
        states, loads = await self._store.outbox.read_states(), await self._store.outbox.count_pending()
        contexts: dict[str | None, ssl.SSLContext] = {}
        before, self._hostings = self._hostings, {}
        for name, config in webhooks.items():
            hosting = before.pop(name, None)
            if hosting is not None and hosting.sender.config == config:
                self._hostings[name] = hosting
                continue
            post = await self._make_post(config, contexts)
            if hosting is not None and hosting.sender.config.url == config.url:
                await hosting.sender.reconfigure(config, post)
                self._hostings[name] = hosting
                continue
            if hosting is not None:
                hosting.sender.scope.cancel()
            state = states.get(name)
            self._hostings[name] = _Hosting(self._make_sender(config, post, state, loads.get(name, Load())))
        for hosting in before.values():
            hosting.sender.scope.cancel()
        self._results = await self._read_results() if webhooks else {}
        self.reroute()
        self._changed.set()

    def reroute(self) -> None:
        """Let the outbox collect for those that are enabled, and for no others."""
        senders = [hosting.sender for hosting in self._hostings.values()]
        self.outbox.bells = {sender.config.name: sender.notice for sender in senders}
        self.outbox.configure([sender.config for sender in senders if sender.is_enabled], results=self._results)
        for sender in senders:
            sender.wake()

    async def start_over(self) -> None:
        """Have all senders read the outbox from its start."""
        loads = await self._store.outbox.count_pending()
        for name, sender in self.all.items():
            sender.start_over(loads.get(name, Load()))

    async def resend_states(self) -> None:
        """At a start: commit statuses that were given up, where nothing newer of their run was sent."""
        since = format_time(self._means.clock.wall() - DROP_AFTER_S)
        for name, sender in self.all.items():
            if sender.config.format is WebhookFormat.GITHUB_STATUS:
                numbers = await self._store.outbox.find_unsent(name, since=since)
                await self._store.outbox.requeue(numbers, queued=self._means.clock.mark())

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Send until `close`; what is then under way gets two seconds."""
        async with trio.open_nursery() as house:
            house.start_soon(self._keep_house)
            async with trio.open_nursery() as nursery:
                task_status.started()
                while not self._closed.is_set():
                    self._start_senders(nursery)
                    await self._changed.wait()
                    self._changed = trio.Event()
                for hosting in self._hostings.values():
                    hosting.sender.close()
                nursery.cancel_scope.deadline = trio.current_time() + _LAST_WORDS_S
            house.cancel_scope.cancel()

    def _start_senders(self, nursery: trio.Nursery) -> None:
        for hosting in self._hostings.values():
            if not hosting.started:
                hosting.started = True
                nursery.start_soon(_host, hosting.sender)

    def close(self) -> None:
        """Send no more."""
        self._closed.set()
        self._changed.set()

    async def _keep_house(self) -> None:
        await keep_house(self._store.outbox, self._recorder, self.start_over)

    async def _make_post(self, config: WebhookConfig, contexts: "dict[str | None, ssl.SSLContext]") -> "Post":
        tls = None
        if config.url.startswith("https://"):
            if config.ca_file not in contexts:
                contexts[config.ca_file] = await trio.to_thread.run_sync(_make_context, config.ca_file)
            tls = contexts[config.ca_file]
        make, make_policy = await trio.to_thread.run_sync(_import_post)
        return make(
            policy=make_policy(config),
            proxy=config.proxy,
            tls=tls,
            redactor=Redactor(_secrets_of(config)),
            connections=config.max_concurrent + 1,
            wall=self._means.clock.wall,
        )

    def _make_sender(self, config: WebhookConfig, post: "Post", state: WebhookState | None, load: Load) -> Sender:
        target = digest_target(config.url)
        if state is None or state.target != target:
            state = WebhookState(name=config.name, target=target)
        books = Books(
            state=state,
            url=config.url,
            store=self._store.outbox,
            recorder=self._recorder,
            changes=self.changes,
            reroute=self.reroute,
        )
        return Sender(config=config, post=post, books=books, means=self._means, load=load)

    async def _read_results(self) -> dict[str, Result]:
        """How each workflow ended last, skipped runs apart."""
        runs = await self._store.list_runs(RunFilter(states=("finished",), limit=_RUNS_LOOKED_AT))
        return {run.workflow: run.result for run in reversed(runs) if run.result not in (None, Result.SKIP)}


def _import_post() -> "tuple[type[Post], Callable[[WebhookConfig], TargetPolicy]]":
    """What speaks HTTP is 3 MiB and a twentieth of a second: only for those who have webhooks."""
    from aegisd.config.webhook_checks import make_policy  # noqa: PLC0415 - see above
    from aegisd.sinks.post import Post  # noqa: PLC0415 - as above

    return Post, make_policy


async def _host(sender: Sender) -> None:
    try:
        await sender.run()
    finally:
        await sender.aclose()


def _make_context(ca_file: str | None) -> "ssl.SSLContext":
    """Verifies always. Takes 20 ms and more, so it is made in a thread, once for all that need the same."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


def _secrets_of(config: WebhookConfig) -> list[str]:
    """What an answer must not tell on: the keys, and the parts of the address that can be secret."""
    parts = urlsplit(config.url)
    return [*config.keys, parts.path.lstrip("/"), *(value for _, value in parse_qsl(parts.query))]
