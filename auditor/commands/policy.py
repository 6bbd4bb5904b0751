"""``ecs-audit policy``: the permissions that a collection needs."""

from __future__ import annotations

import json
from typing import Any

import click

from auditor.options import Command
from auditor.output import say


@click.command(cls=Command)
@click.option("--partition", type=click.Choice(["aws", "aws-cn", "aws-us-gov"]), default="aws",
              show_default=True)  # fmt: skip
def policy(partition: str, **_: Any) -> None:
    """Print the least-privilege IAM policy that a collection needs."""
    from auditor.plan import policy_document

    say(json.dumps(policy_document(partition), indent=2))
