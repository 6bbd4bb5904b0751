"""A table of requests with the answers of AWS's documented logic, and properties of any request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.analyses.iam import catalogue, decide
from auditor.analyses.iam.grants import role_of
from auditor.analyses.iam.patterns import (
    Positions,
    compiled,
    contains,
    longest_part,
    matches,
    overlaps,
)

ACCOUNT, REGION = "111122223333", "eu-west-1"
EFFECTS = {"allow": ("Allow", "Action"), "deny": ("Deny", "Action"),
           "allow_not": ("Allow", "NotAction"), "deny_not": ("Deny", "NotAction")}  # fmt: skip


def here(value: Any) -> Any:
    """Fill in the account and region of the table."""
    if isinstance(value, str):
        return value.replace("@r", f"{REGION}:{ACCOUNT}").replace("@a", ACCOUNT)
    if isinstance(value, list):
        return [here(one) for one in value]
    if isinstance(value, dict):
        return {key: here(one) for key, one in value.items()}
    return value


def document(statements: list[dict[str, Any]], version: str = "2012-10-17") -> dict[str, Any]:
    """Spell out the table's short statements."""
    spelled = []
    for short in here(statements):
        word = next(word for word in EFFECTS if word in short)
        effect, key = EFFECTS[word]
        statement = {"Effect": effect, key: short[word]}
        statement |= {"Resource": short["to"]} if "to" in short else {"NotResource": short["but"]}
        if "if" in short:
            statement["Condition"] = short["if"]
        spelled.append(statement)
    return {"Version": version, "Statement": spelled}


def cases() -> list[Any]:
    found = []
    table = yaml.safe_load(Path(__file__).with_name("requests.yaml").read_text())
    for group in table:
        version = group.get("version", "2012-10-17")
        if "raw" in group:
            sets = [[raw] for raw in group["raw"]]
        else:
            policies = group.get("policies") or [group["policy"]]
            sets = [[document(p, version) for p in policies if p]]
        boundary = document(group["boundary"]) if "boundary" in group else None
        for number, policies in enumerate(sets):
            for action, resource, answer, why, *known in group["ask"]:
                name = f"{group['group']} {number} {action} {why}"
                found.append(pytest.param(policies, boundary, action, here(resource),
                                          here(known[0]) if known else None, answer,
                                          id=name.replace(" ", "-")))  # fmt: skip
    return found


CASES = cases()


def test_the_table_is_large() -> None:
    assert len(CASES) >= 300


@pytest.mark.parametrize(("policies", "boundary", "action", "resource", "context", "answer"), CASES)
def test_request(
    policies: Any, boundary: Any, action: str, resource: str, context: Any, answer: str
) -> None:
    assert decide(policies, action, resource, boundary, context) == answer


ACTIONS = st.sampled_from(
    ["sqs:SendMessage", "sqs:Send*", "sqs:*", "s3:GetObject", "s3:Get*", "*", "iam:PassRole"]
)
RESOURCES = st.sampled_from(
    ["*", "arn:aws:sqs:*:*:*", f"arn:aws:sqs:{REGION}:{ACCOUNT}:web", "arn:aws:s3:::*",
     "arn:aws:s3:::web/*", f"arn:aws:iam::{ACCOUNT}:role/*", "arn:aws:s3:::we?/*"]
)  # fmt: skip
CONDITIONS = st.sampled_from(
    [None, {"StringEquals": {"aws:SourceVpc": "vpc-1"}}, {"Bool": {"aws:SecureTransport": "true"}},
     {"StringEquals": {"aws:username": "bob"}}]
)  # fmt: skip
REQUESTS = st.sampled_from(
    [("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:web"),
     ("s3:GetObject", "arn:aws:s3:::web/a"), ("s3:GetObject", "arn:aws:s3:::api/a"),
     ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/x")]
)  # fmt: skip
RANK = {"deny": 0, "unknown": 1, "allow": 2}


@st.composite
def statements(draw: st.DrawFn, effect: str | None = None) -> dict[str, Any]:
    made = {
        "Effect": effect or draw(st.sampled_from(["Allow", "Deny"])),
        draw(st.sampled_from(["Action", "Action", "NotAction"])): draw(ACTIONS),
        draw(st.sampled_from(["Resource", "Resource", "NotResource"])): draw(RESOURCES),
    }
    condition = draw(CONDITIONS)
    return {**made, "Condition": condition} if condition else made


def policies(listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return no policy for no statement, since a document has one at least."""
    return [{"Version": "2012-10-17", "Statement": listed}] if listed else []


def named(listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"name": "p", "document": document} for document in policies(listed)]


LISTS = st.lists(statements(), max_size=4)


@settings(max_examples=400, deadline=None)
@given(LISTS, statements("Deny"), REQUESTS)
def test_adding_a_deny_never_adds_a_grant(listed: Any, deny: Any, asked: Any) -> None:
    before = decide(policies(listed), *asked)
    assert RANK[decide(policies([*listed, deny]), *asked)] <= RANK[before]


@settings(max_examples=400, deadline=None)
@given(LISTS, statements("Allow"), REQUESTS)
def test_adding_or_widening_an_allow_never_removes_one(listed: Any, allow: Any, asked: Any) -> None:
    without = decide(policies(listed), *asked)
    narrow = decide(policies([*listed, allow]), *asked)
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    assert RANK[without] <= RANK[narrow] <= RANK[decide(policies([*listed, everything]), *asked)]


def shorter(draw: st.DrawFn, glob: str) -> str:
    """Return a glob whose last field ends early, by a star, or one that is a star alone."""
    named = glob.rpartition(":")[2]
    if named == glob or draw(st.booleans()):
        return "*"
    return f"{glob[: len(glob) - draw(st.integers(0, len(named)))]}*"


@st.composite
def widened(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return an Allow, and one that says no less: globs cut short by a star, conditions gone."""
    action, resource, condition = draw(ACTIONS), draw(RESOURCES), draw(CONDITIONS)
    narrow = {"Effect": "Allow", "Action": action, "Resource": resource}
    wide = {
        "Effect": "Allow",
        "Action": shorter(draw, action),
        "Resource": shorter(draw, resource),
    }
    if condition:
        narrow["Condition"] = condition
        if draw(st.booleans()):
            wide["Condition"] = condition
    return narrow, wide


@settings(max_examples=400, deadline=None)
@given(LISTS, widened(), REQUESTS)
def test_widening_an_allow_by_a_part_never_removes_a_grant(
    listed: Any, both: Any, asked: Any
) -> None:
    narrow, wide = (decide(policies([*listed, one]), *asked) for one in both)
    assert RANK[narrow] <= RANK[wide]


@settings(max_examples=400, deadline=None)
@given(LISTS, statements("Allow"), REQUESTS)
def test_a_boundary_never_adds_a_grant(listed: Any, bound: Any, asked: Any) -> None:
    before = decide(policies(listed), *asked)
    assert RANK[decide(policies(listed), *asked, boundary=policies([bound])[0])] <= RANK[before]


@settings(max_examples=400, deadline=None)
@given(st.lists(statements("Allow"), min_size=1, max_size=4), REQUESTS)
def test_what_is_held_on_everything_is_granted_on_a_resource(listed: Any, asked: Any) -> None:
    # NotResource on everything means all but what is left out: such a resource may be asked.
    listed = [s for s in listed if "NotResource" not in s]
    role = role_of(ACCOUNT, REGION, named(listed))
    answer = decide(policies(listed), *asked)
    units = catalogue.index().of([asked[0]])
    # S3 objects have a second shape, through access points, that grants nothing here.
    if role.everywhere.sure & units and not asked[0].startswith("s3:"):
        assert answer == "allow"
    if answer == "allow":
        assert role.anywhere.sure & units
    if not role.anywhere.possible & units:
        assert answer == "deny"


@settings(max_examples=300, deadline=None)
@given(LISTS, REQUESTS)
def test_sets_and_decisions_agree_that_nothing_is_held(listed: Any, asked: Any) -> None:
    role = role_of(ACCOUNT, REGION, named(listed))
    if not role.anywhere.possible & catalogue.index().of([asked[0]]):
        assert decide(policies(listed), *asked) == "deny"


GLOB = st.text(alphabet="ab*?", max_size=7)
TEXT = st.text(alphabet="abc", max_size=7)


@settings(max_examples=1500, deadline=None)
@given(GLOB, GLOB, GLOB, TEXT)
def test_containment_is_reflexive_transitive_and_sound(a: str, b: str, c: str, text: str) -> None:
    assert contains(a, a)
    assert contains("*", a)
    if contains(a, b) and contains(b, c):
        assert contains(a, c)
    if contains(a, b) and matches(b, text):
        assert matches(a, text)
    assert overlaps(a, b) == overlaps(b, a)
    if matches(a, text) and matches(b, text):
        assert overlaps(a, b)


def spelled(pattern: str, depth: int = 3) -> set[str]:
    """Return the texts of a pattern over two letters, stars up to a length."""
    found = {""}
    for char in pattern:
        if char == "*":
            tails = {""}
            for _ in range(depth):
                tails |= {t + x for t in tails for x in "ac"}
        else:
            tails = set("ac") if char == "?" else {char}
        found = {f + t for f in found for t in tails}
    return found


@settings(max_examples=400, deadline=None)
@given(st.text(alphabet="a*?", max_size=4), st.text(alphabet="a*?", max_size=3))
def test_containment_is_complete_on_small_patterns(outer: str, inner: str) -> None:
    if inner.count("*") < 3:
        everything_fits = all(matches(outer, text) for text in spelled(inner, len(outer) + 1))
        assert contains(outer, inner) == everything_fits


SMALL = st.text(alphabet="ac*?", max_size=3)


@settings(max_examples=300, deadline=None)
@given(SMALL, st.lists(SMALL, max_size=4))
def test_patterns_side_by_side_overlap_as_each_alone(one: str, others: list[str]) -> None:
    shared = [n for n, other in enumerate(others) if spelled(one) & spelled(other)]
    assert Positions(others).overlapping(one) == shared
    assert [n for n, other in enumerate(others) if overlaps(other, one)] == shared


@settings(max_examples=500, deadline=None)
@given(st.text(alphabet="ab*\ue000", max_size=7), st.text(alphabet="ab*", max_size=9))
def test_stars_alone_match_as_the_expression_does(pattern: str, text: str) -> None:
    assert matches(pattern, text) == bool(compiled(pattern).fullmatch(text))
    if matches(pattern, text):
        assert longest_part(pattern) in text


def without(given: list[dict[str, Any]], word: str, ends: str) -> list[dict[str, Any]]:
    """Return policies less the statements of which an element ends so."""
    listed = [s for d in given for s in d["Statement"] if not str(s.get(word)).endswith(ends)]
    return policies(listed)


evaluated = decide  # beside the name that the faults below take


FAULTS: dict[Any, tuple[str, Any]] = {
    test_adding_a_deny_never_adds_a_grant: (
        "decide", lambda g, *asked: "allow" if "Deny" in str(g) else evaluated(g, *asked)),
    test_adding_or_widening_an_allow_never_removes_one: (
        "decide", lambda g, *asked: evaluated(without(g, "Action", "*"), *asked)),
    test_widening_an_allow_by_a_part_never_removes_a_grant: (
        "decide", lambda g, *asked: evaluated(without(g, "Action", "*"), *asked)),
    test_a_boundary_never_adds_a_grant: (
        "decide", lambda g, *asked, boundary=None: evaluated([*g, *([boundary] if boundary else [])],
                                                          *asked)),
    test_what_is_held_on_everything_is_granted_on_a_resource: (
        "decide", lambda g, *asked: evaluated(without(g, "Resource", "*"), *asked)),
    test_sets_and_decisions_agree_that_nothing_is_held: ("decide", lambda *_: "unknown"),
    test_containment_is_reflexive_transitive_and_sound: (
        "contains", lambda outer, inner: inner.startswith(outer.split("*")[0])),
    test_containment_is_complete_on_small_patterns: ("contains", lambda outer, inner: outer == inner),
    test_patterns_side_by_side_overlap_as_each_alone: ("overlaps", lambda one, other: one == other),
    test_stars_alone_match_as_the_expression_does: (
        "matches", lambda pattern, text: text.startswith(pattern.split("*")[0])),
}  # fmt: skip


@pytest.mark.parametrize("held", FAULTS, ids=lambda p: p.__name__)
def test_each_property_fails_for_a_wrong_answer(held: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    name, wrong = FAULTS[held]
    monkeypatch.setitem(globals(), name, wrong)
    with pytest.raises(AssertionError):
        held()
