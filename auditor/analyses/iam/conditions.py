"""Conditions in three values: true, false, or None where the key is not known here."""

from __future__ import annotations

import datetime
import ipaddress
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from auditor.analyses.iam.documents import Statement
from auditor.analyses.iam.patterns import literal, matches, plain

VARIABLE = re.compile(r"\$\{(?P<key>[^}'\",]+?)(?:\s*,\s*'(?P<default>[^']*)')?\s*\}")
LITERALS = {sign: literal(sign) for sign in "*?"} | {literal(sign): literal(sign) for sign in "*?"}
# Known of every request that a role makes: it has no user name, and AWS's SDKs use TLS.
KNOWN: dict[str, tuple[str, ...]] = {"aws:username": (), "aws:securetransport": ("true",)}
ABSENT = "\0"  # stands where a variable has no value, and matches nothing
Context = Mapping[str, tuple[str, ...]]
Scalar = str | bool | int | float | None


class Filled(NamedTuple):
    """A text with its policy variables filled in, ``*`` where one is not known."""

    text: str
    is_sure: bool = True  # every variable is known
    has_value: bool = True  # no variable is known to be absent


def context_of(given: Mapping[str, Any] | None) -> dict[str, tuple[str, ...]]:
    """Return a request's known keys in lower case; an empty tuple says known absent."""
    found = dict(KNOWN)
    for key, value in (given or {}).items():
        values = value if isinstance(value, list | tuple) else [value]
        if not isinstance(key, str) or not all(isinstance(v, Scalar) for v in values):
            raise ValueError("a context key is text, its value a scalar or a list of scalars")
        found[key.lower()] = tuple(
            str(v).lower() if isinstance(v, bool) else str(v) for v in values if v is not None
        )
    return found


def filled(text: str, context: Context, variables: bool, *, wild: bool = True) -> Filled:
    """Fill in a pattern's policy variables; without ``wild`` its own wildcards are text."""
    pattern = text if wild else literal(text)
    if not variables or "${" not in text:
        return Filled(pattern)
    is_sure = has_value = True

    def fill(hit: re.Match[str]) -> str:
        nonlocal is_sure, has_value
        key = hit["key"].strip()
        if key == "$":
            return "$"
        if key in LITERALS:
            return LITERALS[key]
        values = context.get(key.lower())
        if values is None:
            is_sure = False
            return "*"
        # A key with several values cannot be filled in.
        if len(values) == 1:
            return literal(values[0])
        if hit["default"] is not None:
            return literal(hit["default"])
        has_value = False
        return ABSENT

    return Filled(VARIABLE.sub(fill, pattern), is_sure, has_value)


def holds(statement: Statement, context: Context) -> bool | None:
    """Say whether all conditions of a statement hold."""
    result: bool | None = True
    for name, block in statement.conditions.items():
        for key, values in block.items():
            one = _one(name, key.lower(), values, context, statement.variables)
            if one is False:
                return False
            if one is None:
                result = None
    return result


def _one(
    name: str, key: str, values: tuple[str, ...], context: Context, variables: bool
) -> bool | None:
    every, _, rest = name.lower().rpartition(":")
    base = rest.removesuffix("ifexists")
    known = context.get(key)
    if known is None or (base not in TESTS and base != "null"):
        return None
    if base == "null":
        return str(not known).lower() in {v.lower() for v in values}
    test = TESTS[base]
    if not known:
        return base != rest or every == "forallvalues" or (test.negated and not every)
    if len(known) > 1 and not every and not test.negated:
        return False  # several values are compared under ForAllValues and ForAnyValue alone
    wanted = [filled(v, context, variables, wild=test.wild) for v in values]
    each = [_fits(test, value, wanted) for value in known]
    return _some(each) if every == "foranyvalue" else _all(each)


def _fits(test: Test, value: str, wanted: list[Filled]) -> bool | None:
    """Compare one value with those of the policy: equal to some, or different from all."""
    each = [_compared(test, value, one) for one in wanted]
    return _all(each) if test.negated else _some(each)


def _compared(test: Test, value: str, wanted: Filled) -> bool | None:
    """Say whether a comparison is met; what cannot be compared meets none, negated or not."""
    if not wanted.has_value:
        return False
    if not wanted.is_sure:
        may_match = not test.textual or matches(wanted.text, value, fold=test.fold)
        return None if may_match else test.negated
    same = test.same(value, wanted.text)
    return False if same is None else same != test.negated


def _all(each: list[bool | None]) -> bool | None:
    return False if False in each else None if None in each else True


def _some(each: list[bool | None]) -> bool | None:
    return True if True in each else None if None in each else False


MONTH = re.compile(r"\d{4}-\d{2}")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def _number(text: str) -> float | None:
    return float(text) if NUMBER.fullmatch(text) else None


def _seconds(text: str) -> float | None:
    if NUMBER.fullmatch(text):
        return float(text)  # seconds of the epoch
    try:
        found = datetime.datetime.fromisoformat(f"{text}-01" if MONTH.fullmatch(text) else text)
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=datetime.UTC)).timestamp()


def _measured(
    read: Callable[[str], float | None], test: Callable[[float, float], bool]
) -> Callable[[str, str], bool | None]:
    def compare(value: str, wanted: str) -> bool | None:
        have, want = read(value), read(plain(wanted))
        return None if have is None or want is None else test(have, want)

    return compare


def _ip(value: str, wanted: str) -> bool | None:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(plain(wanted), strict=False)
    except ValueError:
        return None


def _arn(value: str, wanted: str) -> bool | None:
    # Each of the six colon-separated parts is compared by itself.
    have, want = value.split(":", 5), wanted.split(":", 5)
    if not len(have) == len(want) == 6:
        return None
    return all(matches(w, h) for w, h in zip(want, have, strict=True))


def _like(value: str, wanted: str) -> bool:
    return matches(wanted, value)


def _fold(value: str, wanted: str) -> bool:
    return matches(wanted, value, fold=True)


class Test(NamedTuple):
    """A condition operator; ``same`` says None of values that it cannot compare."""

    same: Callable[[str, str], bool | None]
    negated: bool = False
    textual: bool = True
    wild: bool = False  # * and ? of the policy's value are wildcards
    fold: bool = False


COMPARE: dict[str, Callable[[float, float], bool]] = {
    "equals": operator.eq, "lessthan": operator.lt, "lessthanequals": operator.le,
    "greaterthan": operator.gt, "greaterthanequals": operator.ge,
}  # fmt: skip
TESTS: dict[str, Test] = {
    "stringequals": Test(_like), "stringnotequals": Test(_like, negated=True),
    "stringequalsignorecase": Test(_fold, fold=True),
    "stringnotequalsignorecase": Test(_fold, negated=True, fold=True),
    "stringlike": Test(_like, wild=True), "stringnotlike": Test(_like, negated=True, wild=True),
    "bool": Test(_fold, fold=True), "binaryequals": Test(_like),
    "ipaddress": Test(_ip, textual=False), "notipaddress": Test(_ip, negated=True, textual=False),
    **{f"arn{name}": Test(_arn, negated="not" in name, wild=True)
       for name in ("equals", "like", "notequals", "notlike")},
    **{f"{kind}{name}": Test(_measured(read, test), textual=False)
       for kind, read in (("numeric", _number), ("date", _seconds))
       for name, test in COMPARE.items()},
    **{f"{kind}notequals": Test(_measured(read, operator.eq), negated=True, textual=False)
       for kind, read in (("numeric", _number), ("date", _seconds))},
}  # fmt: skip
