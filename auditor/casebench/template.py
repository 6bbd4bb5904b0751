"""Begin a rule: a SQL file and its cases that pass as they stand."""

from __future__ import annotations

import re
from pathlib import Path

from auditor.errors import UsageError
from auditor.output import written

NAME = re.compile(r"[A-Z]{2,4}\d{3}_[a-z0-9_]+")
SQL = """/* ---
title: Say the fault in one line
severity: medium
confidence: certain
why: >
  Say what goes wrong when it is left.
fix: >
  Say what to do.
refs: [https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html]
--- */
select
    task_definition_arn as resource,
    part,
    case when privileged then 'fail' else 'pass' end as status,
    case when privileged then 'The container is privileged.' else 'It is not.' end as reason
from containers;
"""
CASES = """bad:
  one bad container beside a good one:
    ecs.DescribeTaskDefinition:
      - {requiresCompatibilities: [EC2], containerDefinitions: [{}, {name: job, privileged: true}]}
    finds: [{part: container/job}]
    exactly: true
good:
  the field is absent: {}
"""


def begun(rule: str, folder: Path) -> list[Path]:
    """Write both files; raise UsageError where the name does not fit or a file exists."""
    if not NAME.fullmatch(rule):
        raise UsageError(f"{rule} is no rule name; write ID_slug such as ACM001_my_rule")
    made = [folder / f"{rule}.sql", folder / f"{rule}.cases.yaml"]
    for path in made:
        if path.exists():
            raise UsageError(f"{path} exists already; choose another name")
    return [written(path, text) for path, text in zip(made, (SQL, CASES), strict=True)]
