"""Seconds to judge roles that carry AWS's managed policies, as moto ships them."""

from __future__ import annotations

import json
import random
import resource
import time

from auditor.analyses.iam import judge_role


def policies() -> list[dict[str, object]]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    found = json.loads(aws_managed_policies_data)
    return [{"name": name, "document": p["Document"]} for name, p in sorted(found.items())]


def main(count: int = 2000) -> None:
    every, dice = policies(), random.Random(1)
    roles = [
        {
            "kind": "task",
            "account": "111122223333",
            "region": "eu-west-1",
            "policies": dice.sample(every, 2),
        }
        for _ in range(count)
    ]
    judge_role(roles[0])
    began = time.process_time()
    for role in roles:
        judge_role(role)
    spent = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{count} roles of {len(every)} policies: {spent:.2f} s, {count / spent:.0f} roles/s, {peak:.0f} MB"
    )


if __name__ == "__main__":
    main()
