"""Every role of the account: what it may do to workloads, and which services may assume it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from auditor.analyses.base import Analysis, Queryable, records
from auditor.analyses.iam.powers import powers, reading
from auditor.analyses.iam.risks import worst
from auditor.analyses.iam.trust import Caller, assumable
from auditor.analyses.role_documents import evaluated_role, fault_of, roles_of, uses_of
from auditor.analyses.role_tables import JUDGEMENTS, POWERS
from auditor.schema import Row, Scope, Table

REGIONS = "select distinct account_id, region from clusters"
SERVICES = {"tasks_assume": ("ecs-tasks",), "ecs_assumes": ("ecs",),
            "schedulers_assume": ("events", "scheduler")}  # fmt: skip
REGION_OF_SECRETS = re.compile(r'arn:[^:"]*:(?:ssm|secretsmanager):([^:"]+):')
Rows = Iterator[tuple[Table, Row]]


def compute(snapshot: Queryable) -> Rows:
    """Yield a row per role, then one per power of a role."""
    clusters: dict[str, set[str]] = defaultdict(set)
    for row in records(snapshot, REGIONS):
        clusters[row["account_id"]].add(row["region"])
    used: dict[str, set[str]] = defaultdict(set)
    for (_, arn, _), use in uses_of(snapshot).items():
        used[arn] |= use.regions
    for arn, role in roles_of(snapshot).items():
        # A role is judged where something uses it, else where the account runs ECS.
        regions = sorted(used.get(arn) or clusters[role["account_id"]]) or [""]
        yield _judgement(role, regions)
        yield from _powers(role, regions)


def _judgement(role: dict[str, Any], regions: list[str]) -> tuple[Table, Row]:
    account, arn = role["account_id"], role["role_arn"]
    partition, trust = arn.split(":")[1], role["trust_document"]
    answers = {}
    for column, names in SERVICES.items():
        found = {assumable(trust, Caller(name, account, region, partition)) if trust else "unknown"
                 for name in names for region in regions}  # fmt: skip
        is_choice = len(names) > 1 and "yes" in found
        answers[column] = "yes" if is_choice else found.pop() if len(found) == 1 else "unknown"
    return JUDGEMENTS, JUDGEMENTS.row(
        Scope(account, "global"), {}, role_arn=arn, role_name=role["role_name"],
        fault=fault_of(role), **answers,
    )  # fmt: skip


def _powers(role: dict[str, Any], regions: list[str]) -> Rows:
    held = [power for region in regions for power in powers(evaluated_role(role, region))]
    # All secrets of a region are worth reading from any other.
    texts = [p["document"] for p in role["policies"] if p["document"]]
    named = {region for text in texts for region in REGION_OF_SECRETS.findall(text)}
    for region in sorted(named - {*regions, "*"}):
        held += reading(evaluated_role(role, region))
    for power in worst(held):
        yield POWERS, POWERS.row(
            Scope(role["account_id"], "global"), {}, role_arn=role["role_arn"],
            role_name=role["role_name"], power=power.name, state=power.state,
            evidence=power.evidence, policy_name=power.policy, statement=power.statement,
            action=power.action, condition_keys=" ".join(power.keys) or None,
        )  # fmt: skip


ANALYSIS = Analysis((JUDGEMENTS, POWERS), compute, 1)
