"""Seconds to judge and store roles that carry AWS's managed policies, as moto ships them.

``python -m bench.iam`` judges 2,000 roles over 3,500 policies, then fills the tables of the same
roles in a database file. Each part runs in a process of its own, so that its peak is its own.
"""

from __future__ import annotations

import itertools
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ACCOUNT, REGION = "111122223333", "eu-west-1"
ROLES, POLICIES, USED = 2000, 3500, 400
Item = dict[str, Any]


def published() -> dict[str, Item]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    found = json.loads(aws_managed_policies_data)
    return {name: policy["Document"] for name, policy in sorted(found.items())}


def policies(count: int = POLICIES) -> list[tuple[str, str]]:
    """Return AWS's policies, then an account's own: statements of two, bound to its region."""
    every, dice = published(), random.Random(1)
    found = [(name, json.dumps(document)) for name, document in every.items()]
    documents = list(every.values())
    while len(found) < count:
        statements = [s for d in dice.sample(documents, 2) for s in as_list(d["Statement"])]
        own = dice.sample(statements, min(3, len(statements)))
        made = [{k: v for k, v in s.items() if k != "Sid"} for s in own]
        for statement in made:
            if dice.random() < 0.5:
                statement.pop("NotResource", None)
                service = as_list(statement.get("Action") or "s3:*")[0].split(":")[0]
                place = "::" if service in ("s3", "*") else f":{REGION}:{ACCOUNT}"
                name = f"app-{len(found)}"
                statement["Resource"] = [f"arn:aws:{service}:{place}:{name}",
                                         f"arn:aws:{service}:{place}:*/{name}/*"]  # fmt: skip
        document = {"Version": "2012-10-17", "Statement": made}
        found.append((f"own-{len(found)}", json.dumps(document)))
    return found[:count]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def carried(count: int = ROLES) -> Iterator[list[tuple[str, str]]]:
    every, dice = policies(), random.Random(2)
    for _ in range(count):
        yield dice.sample(every, dice.randint(1, 3))


def evaluate() -> tuple[str, float, float]:
    """Judge every role as a task role, the catalogue being read."""
    from auditor.analyses.iam import judge_role

    roles = [
        {"kind": "task", "account": ACCOUNT, "region": REGION,
         "policies": [{"name": name, "document": document} for name, document in listed]}
        for listed in carried()
    ]  # fmt: skip
    judge_role({**roles[0], "policies": []})
    began = time.process_time()
    for role in roles:
        judge_role(role)
    spent = time.process_time() - began
    return f"judged {ROLES} roles over {POLICIES} policies", spent, ROLES / spent


def store() -> tuple[str, float, float]:
    """Fill the tables of the judgement of every role in a database file."""
    from auditor import catalog
    from auditor.analyses import role_powers, role_uses, roles
    from auditor.analyses.iam import judge_role
    from auditor.snapshot.files import STORE, connect
    from auditor.snapshot.reader import Bound
    from auditor.snapshot.writer import Writer

    judge_role({"kind": "task", "account": ACCOUNT, "region": REGION, "policies": []})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.duckdb"
        subprocess.run([sys.executable, "-m", "bench.iam", "fill", str(path)], check=True)
        con = connect(path)
        con.execute(f"use {STORE}")
        writer = Writer(con, 1, itertools.count(1_000_000))
        began = time.process_time()
        con.execute("begin")
        bound = Bound(con, 1, catalog.tables(), {})
        for module in (roles, role_powers, role_uses):
            writer.load_all(module.ANALYSIS.compute(bound))
            writer.flush()
        con.execute("commit")
        spent = time.process_time() - began
        rows = sum(_size(con, t.name) for m in (roles, role_powers, role_uses)
                   for t in m.ANALYSIS.tables)  # fmt: skip
    what = f"judged and stored {ROLES} roles, {USED} of them used by tasks: {rows} rows"
    return what, spent, ROLES / spent


def _size(con: Any, table: str) -> int:
    found = con.execute(f"select count(*) from history.{table}")  # noqa: S608 - a declared name
    size: int = found.fetchone()[0]
    return size


def fill(path: Path) -> None:
    """Write a database file that holds the roles, and definitions that use some of them."""
    from auditor import catalog
    from auditor.collectors.iam import policy_rows, role_rows
    from auditor.collectors.tasks import TASKS
    from auditor.schema import Scope
    from auditor.snapshot.ddl import history_ddl
    from auditor.snapshot.files import STORE, connect
    from auditor.snapshot.writer import Writer

    con = connect(path)
    con.execute(f"use {STORE}")
    con.execute(history_ddl(catalog.tables().values()))
    writer, scope = Writer(con, 1), Scope(ACCOUNT, "global")
    for name, document in policies():
        version = {"VersionId": "v1", "IsDefaultVersion": True, "Document": json.loads(document)}
        item = {"Arn": arn(f"policy/{name}"), "PolicyName": name, "DefaultVersionId": "v1",
                "PolicyVersionList": [version]}  # fmt: skip
        writer.load_all(policy_rows(scope, item))
    for number, listed in enumerate(carried()):
        item = {"Arn": arn(f"role/r{number}"), "RoleName": f"r{number}", "Path": "/",
                "AttachedManagedPolicies": [{"PolicyName": name, "PolicyArn": arn(f"policy/{name}")}
                                            for name, _ in listed]}  # fmt: skip
        writer.load_all(role_rows(scope, item, None))
    for number in range(USED):
        task = {"taskArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/main/{number}",
                "overrides": {"taskRoleArn": arn(f"role/r{number}")}}  # fmt: skip
        writer.load(TASKS, [TASKS.row(Scope(ACCOUNT, REGION), task)])
    writer.flush()
    con.close()


def arn(rest: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:{rest}"


def main() -> None:
    for part in ("evaluate", "store"):
        subprocess.run([sys.executable, "-m", "bench.iam", part], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["fill"]:
        fill(Path(sys.argv[2]))
    elif sys.argv[1:]:
        what, seconds, rate = {"evaluate": evaluate, "store": store}[sys.argv[1]]()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{what}: {seconds:.2f} s CPU, {rate:.0f} roles/s, {peak:.0f} MB")
    else:
        main()
