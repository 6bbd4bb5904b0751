"""What any role of an account may do to workloads: a deployer's, a scheduler's, a bystander's."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.analyses.iam.classes import PASS, PASSED_TO, SCOPED, WITH_PASSROLE, principal
from auditor.analyses.iam.grants import Grant, Role, State
from auditor.analyses.iam.risks import (
    Risk,
    risk_of,
    takeovers,
    unscoped,
    whole_services,
    worst,
)

CONTROL = (*SCOPED, "ecs:DeleteService")
READS = ("secretsmanager:GetSecretValue", "ssm:GetParameters", "ssm:GetParameter",
         "ssm:GetParametersByPath")  # fmt: skip
REGISTER = ("ecs:RegisterTaskDefinition",)


def powers(role: Role) -> list[Risk]:
    """Return what a role may do, one entry a power."""
    found = list(takeovers(role, list(whole_services(role))))
    found += [risk_of("ECS_CONTROL", grant, f"{grant.action} in every cluster")
              for grant in unscoped(role, CONTROL, "everything")]  # fmt: skip
    found += [risk_of("RUN_ANY", grant, "ecs:RunTask of any definition in any cluster")
              for grant in unscoped(role, ("ecs:RunTask",), "everything")]  # fmt: skip
    for name, action in (("EXEC_ANY", "ecs:ExecuteCommand"), ("SESSION_ANY", "ssm:StartSession")):
        found += _everywhere(role, name, (action,))
    return worst([*found, *reading(role), *_passing(role)])


def reading(role: Role) -> list[Risk]:
    """Return the reading of every secret or parameter of the role's region."""
    return _everywhere(role, "READ_ANY", READS)


def _everywhere(role: Role, name: str, actions: tuple[str, ...]) -> list[Risk]:
    one = role.granted(actions)
    return [risk_of(name, one, f"{one.action} on everything")] if one else []


def _passing(role: Role) -> Iterator[Risk]:
    """Passing every role to tasks, alone and with what registers and starts them."""
    passing = role.granted((PASS,))
    service = principal("ecs-tasks", role.place.partition)
    state = role.assuming((PASS,), {PASSED_TO: (service,)}) if passing else None
    if passing is None or state is None:
        return
    yield risk_of("PASS_ANY", passing._replace(state=state), f"{PASS} of every role to tasks")
    register = role.granted(REGISTER, "some")
    start = role.granted(WITH_PASSROLE[0].steps[1], "some")
    if register and start:
        sure = _weakest(state, register, start)
        steps = " + ".join((PASS, register.action, start.action))
        yield risk_of("DEPLOY_ANY", passing._replace(state=sure), f"{steps} as every role", steps)


def _weakest(state: State, *grants: Grant) -> State:
    sure = state == "certain" and all(grant.state == "certain" for grant in grants)
    return "certain" if sure else "conditional"
