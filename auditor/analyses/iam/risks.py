"""Risk classes of a role, each with the statement that gives it."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from auditor.analyses.iam import catalogue, trust
from auditor.analyses.iam.classes import (
    AGENT,
    BESIDE,
    HOST_READS,
    IAM_WRITES,
    INSTANCE_NEEDS,
    LISTED,
    OF_CLUSTER,
    PASS,
    PASSED_TO,
    SCOPED,
    SENSITIVE,
    TELEMETRY,
    WITH_PASSROLE,
    principal,
)
from auditor.analyses.iam.conditions import holds
from auditor.analyses.iam.documents import Statement
from auditor.analyses.iam.grants import Grant, Held, Owned, Role, State, role_of
from auditor.analyses.iam.masks import Reach, spoken
from auditor.analyses.iam.patterns import contains, matches

KINDS = ("task", "execution", "instance")
Whole = Sequence[tuple[str, Grant]]
ESCALATION = "PRIV_ESC"
NAMED = frozenset(("DATA_EXFIL", "CREDENTIALS_EXPOSURE", ESCALATION))


class Risk(NamedTuple):
    """One class that holds, and what gives it."""

    name: str
    state: State
    evidence: str
    policy: str = ""
    statement: str = ""
    action: str = ""
    keys: tuple[str, ...] = ()


def judge_role(role: Mapping[str, Any]) -> dict[str, State]:
    """Return the risk classes that hold for a role, ``certain`` or ``conditional``.

    ``role`` has kind (task, execution, instance), account, region, policies (a list of name and
    document) and perhaps trust and boundary (documents). Raises ValueError for other shapes.
    """
    return {risk.name: risk.state for risk in risks(role)}


def risks(role: Mapping[str, Any]) -> list[Risk]:
    """Return the risk classes that hold, each with its evidence in words."""
    if not isinstance(role, Mapping) or role.get("kind") not in KINDS:
        raise ValueError("kind is task, execution or instance")
    account, region, policies = role.get("account"), role.get("region"), role.get("policies")
    if not isinstance(account, str) or not isinstance(region, str):
        raise ValueError("account and region are text")
    if not isinstance(policies, list | tuple):
        raise ValueError("policies is a list of name and document")
    held = role_of(account, region, policies, role.get("boundary"))
    found = [*identity_risks(held, role["kind"])]
    found += [Risk(name, state, evidence, "trust", statement)
              for name, state, evidence, statement in trust.risks(role)]  # fmt: skip
    return worst(found)


def worst(found: Sequence[Risk]) -> list[Risk]:
    """Return one risk a class, a certain one before a conditional, by class."""
    chosen: dict[str, Risk] = {}
    for risk in found:
        if risk.name not in chosen or (chosen[risk.name].state, risk.state) == (
            "conditional", "certain",
        ):  # fmt: skip
            chosen[risk.name] = risk
    return [chosen[name] for name in sorted(chosen)]


def identity_risks(role: Role, kind: str) -> Iterator[Risk]:
    """Yield what the role's own policies give."""
    whole = list(whole_services(role))
    yield from takeovers(role, whole)
    for name in _classes():
        if name != ESCALATION:
            yield from _on_everything(role, name, whole, kind)
    yield from _open_passing(role)
    yield from _ecs(role, kind)


def takeovers(role: Role, whole: Whole) -> Iterator[Risk]:
    """Yield what takes the account or ``whole`` services: ADMIN, PRIV_ESC, SERVICE_WILDCARD."""
    admin = administrator(role)
    if admin:
        yield risk_of("ADMIN", admin, "every action on everything")
    yield from _on_everything(role, ESCALATION, whole)
    yield from _services(whole)
    yield from _passing_paths(role)


def _on_everything(role: Role, name: str, whole: Whole, kind: str = "") -> Iterator[Risk]:
    """One action on everything is enough; all of them are named where the class is a list."""
    units = _classes()[name]
    grant = role.grant(units)
    if grant is None:
        return
    held = units & (role.everywhere.sure if grant.state == "certain" else role.everywhere.possible)
    # Whole services and ways to more rights are classes of their own: what is beside them counts.
    least = _telemetry() | (catalogue.units(HOST_READS) if kind == "instance" else 0)
    for said in (_said_elsewhere(whole) | least, least, _telemetry()):
        other = role.grant(held & ~said)
        if other:
            grant = other
            break
    names = [grant.action]
    if name in NAMED:
        names += [n for n in catalogue.index().named(held) if n != grant.action]
    yield risk_of(name, grant, f"{grant.action} on everything", " ".join(names))


def _said_elsewhere(whole: Whole) -> int:
    index = catalogue.index()
    masks = (index.services[service].mask for service, _ in whole if service in SENSITIVE)
    return functools.reduce(int.__or__, masks, _classes()[ESCALATION] | _telemetry())


@functools.cache
def _telemetry() -> int:
    """What counts least: telemetry, and a key without anything to read."""
    return functools.reduce(int.__or__, map(catalogue.expand, (*TELEMETRY, "kms:Decrypt")), 0)


def risk_of(name: str, grant: Grant, what: str, action: str | None = None) -> Risk:
    """Return a risk with the statement that gives it."""
    policy, statement = grant.by
    keys: tuple[str, ...] = ()
    if grant.state == "conditional":
        keys = tuple(sorted({k.lower() for block in statement.conditions.values() for k in block}))
    evidence = f"statement {statement.name} of policy {policy} allows {what}"
    return Risk(name, grant.state, evidence, policy, statement.name, action or grant.action, keys)


@functools.cache
def _classes() -> dict[str, int]:
    """The units of the classes that one action on everything gives."""
    index = catalogue.index()
    found = {name: index.of(actions) for name, actions in LISTED.items()}
    beside = (index.shapes[shape] for shape in BESIDE)
    found[ESCALATION] &= ~functools.reduce(int.__or__, beside, 0)
    managing = (units for level, units in index.levels.items() if level.startswith("Permissions"))
    found["RESOURCE_EXPOSURE"] = functools.reduce(int.__or__, managing, 0) & ~index.shapeless
    found["INFRA_MODIFY"] = index.levels["Write"] & ~index.shapeless
    return found


def administrator(role: Role) -> Grant | None:
    """Return the statement of ``*`` on ``*``, or with a NotAction that leaves iam, if it stands.

    What Deny and boundary leave decides: without the writing iam actions, it is none.
    """
    writes = catalogue.units(IAM_WRITES)
    state = role.everywhere.state(writes)
    if state is None or not (role.bounds is None or any(_whole(role, s) for s in role.bounds)):
        return None
    best: Grant | None = None
    iam = catalogue.index().services["iam"]
    has_iam = _all_of("iam", iam.cut(role.everywhere.sure), iam.cut(role.spoken_of))
    for one in role.allows():
        if _whole(role, one.statement) and (has_iam or spoken(one.statement) & writes):
            held = holds(one.statement, role.context)
            if held and state == "certain":
                return Grant("certain", one, "*")
            if held is not False:
                best = best or Grant("conditional", one, "*")
    return best


def _whole(role: Role, statement: Statement) -> bool:
    """Say whether an Allow means all actions, or all but some, on everything."""
    everything = f"arn:{role.place.partition}:*:*:*:*"
    inside = any(contains(p, everything) for p in statement.resources)
    wide = statement.not_action or any(not a.replace(":", "").strip("*") for a in statement.actions)
    return statement.effect == "Allow" and wide and inside != statement.not_resource


def _services(whole: Whole) -> Iterator[Risk]:
    """Whole services on everything; those that matter are named before others."""
    found = [(service not in SENSITIVE, service, grant) for service, grant in whole]
    for state in ("certain", "conditional"):
        held = sorted((f for f in found if f[2].state == state), key=lambda f: f[:2])
        if held:
            names = " ".join(f"{service}:*" for _, service, _ in held)
            yield risk_of(
                "SERVICE_WILDCARD", held[0][2], f"all of {_few(held)} on everything", names
            )


def _few(held: Sequence[tuple[bool, str, Grant]], most: int = 4) -> str:
    named = ", ".join(service for _, service, _ in held[:most])
    return named if len(held) <= most else f"{named} and {len(held) - most} more"


def whole_services(role: Role) -> Iterator[tuple[str, Grant]]:
    """Yield the services of which a role holds every action on everything, and by what."""
    index, held = catalogue.index(), role.everywhere
    spoken_of = role.spoken_of
    for service in _services_in(held.possible):
        span = index.services[service]
        spoken_here, possible = span.cut(spoken_of), span.cut(held.possible)
        # What is held surely may be held: most services end here.
        if not _all_of(service, possible, spoken_here):
            continue
        sure = span.cut(held.sure)
        is_sure = sure == possible or _all_of(service, sure, spoken_here)
        grant = role.grant((sure if is_sure else possible & ~sure) << span.start)
        if grant:
            yield service, grant


def _services_in(bits: int) -> Iterator[str]:
    index = catalogue.index()
    while bits:
        name = index.first(bits).partition(":")[0]
        yield name
        span = index.services[name]
        bits = (bits >> (span.start + span.size)) << (span.start + span.size)


def _all_of(service: str, held: int, spoken_of: int) -> bool:
    shapeless, spans = catalogue.wildcardable(service)
    if not spans:
        return held & shapeless == shapeless
    if held.bit_count() < len(spans) or spoken_of & shapeless != shapeless:
        return False
    return all(span.cut(held) for span in spans)


def _open_passing(role: Role) -> Iterator[Risk]:
    """Every role passed to any service."""
    passing = role.granted((PASS,))
    state = role.assuming((PASS,), {PASSED_TO: ("service.invalid",)}) if passing else None
    if passing and state:
        yield risk_of("PASSROLE_OPEN", passing._replace(state=state), "iam:PassRole on every role")


def _passing_paths(role: Role) -> Iterator[Risk]:
    """Every role passed to something that the role can start."""
    passing = role.granted((PASS,))
    if passing is None:
        return
    for path in WITH_PASSROLE:
        grants = [g for step in path.steps if (g := role.granted(step))]
        if len(grants) < len(path.steps):
            continue
        service = principal(path.service, role.place.partition)
        state = role.assuming((PASS,), {PASSED_TO: (service,)})
        if state:
            states = {state, *(g.state for g in grants)}
            names = " + ".join([PASS, *(g.action for g in grants)])
            sure: State = "certain" if states == {"certain"} else "conditional"
            yield risk_of(ESCALATION, passing._replace(state=sure), f"{names} on everything", names)


def _ecs(role: Role, kind: str) -> Iterator[Risk]:
    for grant in unscoped(role, SCOPED, "some"):
        yield risk_of("ECS_NO_CLUSTER_SCOPE", grant, f"{grant.action} in every cluster")
    if kind == "task":
        acting = role.granted(AGENT, "some")
        if acting:
            yield risk_of("ECS_AGENT_IMPERSONATION", acting, acting.action)
    if kind == "instance":
        index = catalogue.index()
        units = index.everything & ~functools.reduce(
            int.__or__, map(catalogue.expand, INSTANCE_NEEDS), 0)  # fmt: skip
        excess = role.grant(units, "some")
        if excess:
            yield risk_of("INSTANCE_ROLE_EXCESS", excess, excess.action)


def unscoped(role: Role, actions: tuple[str, ...], reach: Reach) -> Iterator[Grant]:
    """Yield grants with neither a cluster in the resource nor ``ecs:cluster``, by statement."""
    units = catalogue.units(actions)
    if not role.spoken_of & units:
        return
    whole = role.everywhere if reach == "everything" else role.anywhere
    for one, masks in role.masked(reach):
        held = Held(masks.allowed & whole.sure & units,
                    masks.maybe_allowed & whole.possible & units)  # fmt: skip
        if held.possible and not _names_cluster(one):
            state = held.state(units)
            if state:
                yield Grant(state, one, catalogue.index().first(held.sure or held.possible))


def _names_cluster(owned: Owned) -> bool:
    statement = owned.statement
    by_condition = any(
        key.lower() == "ecs:cluster" and values and all(map(_of_cluster, values))
        for operator, block in statement.conditions.items()
        if "not" not in operator.lower() and operator.lower() != "null"
        for key, values in block.items()
    )
    rest = [r for r in statement.resources if not _of_cluster(r)]
    by_resource = (
        not statement.not_resource
        and len(rest) < len(statement.resources)
        and not any(map(_of_clusters, rest))
    )
    return by_condition or by_resource


def _of_clusters(resource: str) -> bool:
    """Say whether an ARN pattern means a cluster, or what is in one, at all."""
    kind = resource.split(":", 5)[-1].partition("/")[0]
    return any(matches(kind, k) for k in OF_CLUSTER)


def _of_cluster(resource: str) -> bool:
    """Say whether an ARN pattern holds the name of a cluster."""
    _, _, rest = resource.split(":", 5)[-1].partition("/")
    return _of_clusters(resource) and bool(rest.split("/", 1)[0].strip("*?"))
