"""Who sends webhooks: one file each, with how they prove themselves and what their payloads say."""

from collections.abc import Mapping

from aegisd.config.trigger_webhook import Provider
from aegisd.triggers.providers import generic, gitea, github, gitlab, standard
from aegisd.triggers.providers.sender import Sender

SENDERS: Mapping[Provider, Sender] = {
    Provider.GITHUB: github.GITHUB,
    Provider.GITLAB: gitlab.GITLAB,
    Provider.GITEA: gitea.GITEA,
    Provider.FORGEJO: gitea.GITEA,
    Provider.STANDARD: standard.STANDARD,
    Provider.GENERIC: generic.GENERIC,
}
