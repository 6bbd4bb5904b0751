"""Conditions in three values: true, false, or None where the key is not known here."""

from __future__ import annotations

import datetime
import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any

from auditor.analyses.iam.documents import Statement
from auditor.analyses.iam.patterns import literal, matches, plain

VARIABLE = re.compile(r"\$\{(?P<key>[^}'\",]+?)(?:\s*,\s*'(?P<default>[^']*)')?\s*\}")
LITERALS = {"*": literal("*"), "?": literal("?"), "$": "$"}
# Known of every request that a role makes: it has no user name, and AWS's SDKs use TLS.
KNOWN: dict[str, tuple[str, ...]] = {"aws:username": (), "aws:securetransport": ("true",)}
Context = Mapping[str, tuple[str, ...]]


def context_of(given: Mapping[str, Any] | None) -> dict[str, tuple[str, ...]]:
    """Return a request's known keys in lower case; an empty tuple says known absent."""
    found = dict(KNOWN)
    for key, value in (given or {}).items():
        values = value if isinstance(value, list | tuple) else [value]
        found[key.lower()] = tuple(
            str(v).lower() if isinstance(v, bool) else str(v) for v in values if v is not None
        )
    return found


def substituted(text: str, context: Context, variables: bool) -> str | None:
    """Return a text with its policy variables filled in; None where one is not known."""
    if not variables or "${" not in text:
        return text
    unknown = False

    def fill(hit: re.Match[str]) -> str:
        nonlocal unknown
        key = hit["key"].strip()
        if key in LITERALS:
            return LITERALS[key]
        values = context.get(key.lower())
        if values:
            return literal(values[0])
        if values is not None and hit["default"] is not None:
            return hit["default"]
        unknown = unknown or values is None
        return "\0"

    filled = VARIABLE.sub(fill, text)
    return None if unknown else filled


def loosely(text: str) -> str:
    """Return a pattern with ``*`` for each policy variable."""
    return VARIABLE.sub(lambda hit: LITERALS.get(hit["key"].strip(), "*"), text)


def holds(statement: Statement, context: Context) -> bool | None:
    """Say whether all conditions of a statement hold."""
    result: bool | None = True
    for operator, block in statement.conditions.items():
        for key, values in block.items():
            one = _one(operator, key.lower(), values, context, statement.variables)
            if one is False:
                return False
            if one is None:
                result = None
    return result


def _one(
    operator: str, key: str, values: tuple[str, ...], context: Context, variables: bool
) -> bool | None:
    prefix, _, rest = operator.rpartition(":")
    base = rest.removesuffix("IfExists").lower()
    if_exists = rest.endswith("IfExists")
    if prefix not in ("", "ForAllValues", "ForAnyValue") or (base not in TESTS and base != "null"):
        return None
    known = context.get(key)
    if known is None:
        return None
    if base == "null":
        return (values[0].lower() == "true") == (not known) if values else None
    negated, test = TESTS[base]
    if not known:
        return if_exists or prefix == "ForAllValues" or (negated and prefix != "ForAnyValue")
    filled = [substituted(v, context, variables) for v in values]
    if not base.startswith(("stringlike", "stringnotlike", "arn")):
        filled = [None if text is None else plain(text) for text in filled]
    each = [_any(test, value, filled) for value in known]
    if negated:
        each = [None if one is None else not one for one in each]
    return _all(each) if prefix == "ForAllValues" or (negated and not prefix) else _some(each)


def _any(test: Callable[[str, str], bool], value: str, wanted: list[str | None]) -> bool | None:
    if any(w is not None and test(value, w) for w in wanted):
        return True
    return None if None in wanted else False


def _all(each: list[bool | None]) -> bool | None:
    return False if False in each else None if None in each else True


def _some(each: list[bool | None]) -> bool | None:
    return True if True in each else None if None in each else False


def _number(test: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    def compare(value: str, wanted: str) -> bool:
        try:
            return test(float(value), float(wanted))
        except ValueError:
            return False

    return compare


def _date(test: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    def seconds(text: str) -> float:
        if re.fullmatch(r"-?\d+(\.\d+)?", text):
            return float(text)
        found = datetime.datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=datetime.UTC)).timestamp()

    def compare(value: str, wanted: str) -> bool:
        try:
            return test(seconds(value), seconds(wanted))
        except ValueError:
            return False

    return compare


def _ip(value: str, wanted: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


def _arn(value: str, wanted: str) -> bool:
    # Each of the six colon-separated parts is compared by itself.
    have, want = value.split(":", 5), wanted.split(":", 5)
    return len(have) == len(want) == 6 and all(
        matches(w, h) for w, h in zip(want, have, strict=True)
    )


def _equal(value: str, wanted: str) -> bool:
    return value == wanted


def _fold(value: str, wanted: str) -> bool:
    return value.lower() == wanted.lower()


def _like(value: str, wanted: str) -> bool:
    return matches(wanted, value)


Test = tuple[bool, Callable[[str, str], bool]]
COMPARE: dict[str, tuple[bool, Callable[[float, float], bool]]] = {
    "equals": (False, lambda a, b: a == b), "notequals": (True, lambda a, b: a == b),
    "lessthan": (False, lambda a, b: a < b), "lessthanequals": (False, lambda a, b: a <= b),
    "greaterthan": (False, lambda a, b: a > b),
    "greaterthanequals": (False, lambda a, b: a >= b),
}  # fmt: skip
TESTS: dict[str, Test] = {
    "stringequals": (False, _equal), "stringnotequals": (True, _equal),
    "stringequalsignorecase": (False, _fold), "stringnotequalsignorecase": (True, _fold),
    "stringlike": (False, _like), "stringnotlike": (True, _like),
    "bool": (False, _fold), "binaryequals": (False, _equal),
    "ipaddress": (False, _ip), "notipaddress": (True, _ip),
    "arnequals": (False, _arn), "arnlike": (False, _arn),
    "arnnotequals": (True, _arn), "arnnotlike": (True, _arn),
    **{f"numeric{name}": (neg, _number(test)) for name, (neg, test) in COMPARE.items()},
    **{f"date{name}": (neg, _date(test)) for name, (neg, test) in COMPARE.items()},
}  # fmt: skip
