"""The world that a case is laid over: operations by scope, and where the present item belongs."""

from __future__ import annotations

import copy
from typing import Any

from auditor.collectors.recording import Answer, Operation

Item = dict[str, Any]
ACCOUNT, REGION = "111122223333", "eu-west-1"
DEFINITIONS = "ecs.DescribeTaskDefinition"
ROLE_LIST = "iam.GetAccountAuthorizationDetails.RoleDetailList"
KEPT = {
    ROLE_LIST: "RoleName",
    "iam.GetAccountAuthorizationDetails.Policies": "PolicyName",
}


# S3's second listing answers what the first does, and coverage spells calls without digits.
ALIASES = {"s3.ListObjectsV2": "s3.ListObjects"}


def spelled(said: str) -> str:
    """Return the name of an operation as recordings spell it."""
    name = said.replace(":", ".")
    return ALIASES.get(name, name)


class ItemError(ValueError):
    """An item of a case that cannot be completed; the message names the call and the item."""


def laid(base: Any, over: Any, key: str = "") -> Any:
    """Return ``over`` laid over ``base``: mappings by key, lists replace, null removes a key.

    containerDefinitions are laid by position, further ones over the first.
    """
    if isinstance(over, dict):
        found = copy.deepcopy(base) if isinstance(base, dict) else {}
        for name, value in over.items():
            if value is None:
                found.pop(name, None)
            else:
                found[name] = laid(found.get(name), value, name)
        return found
    if isinstance(over, list):
        if key != "containerDefinitions" or not isinstance(base, list):
            base = []
        return [laid(base[n] if n < len(base) else next(iter(base), None), one)
                for n, one in enumerate(over)]  # fmt: skip
    return copy.deepcopy(over)


class World:
    """Operations of one case by scope; items are completed as they are laid over it."""

    def __init__(self, operations: dict[tuple[str, str], dict[str, Operation]]) -> None:
        self.operations = operations
        self.place = (ACCOUNT, REGION)  # where the item is that is being laid

    def of(self, name: str) -> dict[str, Operation]:
        """Return the operations of the present scope that an operation belongs to."""
        account, region = self.place
        where = "global" if name.startswith("iam.") else region
        return self.operations.setdefault((account, where), {})

    def first(self, name: str, path: str, default: Any = None) -> Any:
        """Return a member of the first item of an operation."""
        found = self.items(name)
        return found[0].get(path, default) if found else default

    def items(self, name: str) -> list[Item]:
        """Return an operation's items in the present scope; definitions without envelope."""
        found = self.of(name).get(name)
        return of_operation(found) if found else []

    def arn(self, service: str, resource: str) -> str:
        """Return an ARN of the present scope."""
        account, region = self.place
        return f"arn:aws:{service}:{'' if service == 'iam' else region}:{account}:{resource}"

    def put(self, name: str, item: Any, first: bool) -> None:
        """Add an item to the present scope; the first one replaces what was there."""
        operations = self.of(name)
        found = operations.get(name) or Operation(items=[])
        if name == DEFINITIONS:
            tags = item.pop("tags", None) or []
            arn = item["taskDefinitionArn"]
            answer = Answer({"taskDefinition": arn}, {"taskDefinition": item, "tags": tags})
            operations[name] = Operation(answers=[*([] if first else found.answers), answer])
        elif name in KEPT:
            others = [i for i in found.items or [] if i.get(KEPT[name]) != item.get(KEPT[name])]
            operations[name] = Operation(items=[*others, item])
        else:
            operations[name] = Operation(items=[*([] if first else found.items or []), item])


def of_operation(found: Operation) -> list[Item]:
    """Return the items of an operation; definitions without their envelope."""
    if found.items is not None:
        return list(found.items)
    return [
        {**a.response["taskDefinition"], "tags": a.response.get("tags") or []}
        if "taskDefinition" in a.response
        else a.response
        for a in found.answers
    ]
