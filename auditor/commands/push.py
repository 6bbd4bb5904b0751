"""``ecs-audit push``: send findings to AWS services, the only command that writes to AWS."""

from __future__ import annotations

import json
from typing import Any

import click

from auditor import notices
from auditor.commands.judging import checked, prepared
from auditor.commands.opening import opened
from auditor.commands.settings import settings_of
from auditor.options import JUDGE, Group, options
from auditor.output import say


@click.group(cls=Group)
def push() -> None:
    """Send findings to AWS services: the only command that writes to AWS."""


@push.command("security-hub")
@options("config", "db", "snapshot", "profile", "role_arn", "endpoint_url", *JUDGE)
@click.option("--dry-run", is_flag=True, help="Say what would be imported and archived.")
@click.option("--policy", is_flag=True, help="Print the IAM policy that this needs, and stop.")
def security_hub(**given: Any) -> int:
    """Import findings into Security Hub; archive what was fixed, never what was not read."""
    from auditor import aws, origins
    from auditor.push import policy_document
    from auditor.push import push as send

    if given["policy"]:
        say(json.dumps(policy_document(), indent=2))
        return 0
    settings, loaded = settings_of(given)
    by = prepared(settings, loaded, given)
    with opened(settings, given["snapshot"]) as snapshot:
        done = checked(by, snapshot)
    login = origins.login(settings, given)
    found, refused = aws.logins(login, origins.roles(settings))
    for sentence in refused:
        notices.warn(sentence)
    sessions = {one.account: one.session for one in found}
    dry = given["dry_run"]
    results = list(send(done.report, frozenset(done.judged), sessions, login, dry_run=dry,
                        unseen=done.unseen))  # fmt: skip
    verb = "would take" if dry else "took"
    for one in results:
        say(f"{one.account} {one.region} {verb} {one.imported}, archived {one.archived}")
        for reason in one.refused:
            notices.fail(f"{one.account} {one.region}: {reason}")
    return 4 if any(one.refused for one in results) else 0
