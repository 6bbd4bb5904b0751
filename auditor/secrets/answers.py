"""Whole answers of AWS: where free text stands in them, and what may be kept of it."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

from auditor.secrets import shapes
from auditor.secrets.detector import judge
from auditor.secrets.masking import MASKED, SCANNER_ERRORS, UNCLASSIFIED, Masker, masked

# Members that hold free text -> place of the classifier.
PAIRS = {"environment": "environment", "tags": "tags", "Tags": "tags", "properties": "logOptions"}
OPTIONS = {"options": "logOptions", "dockerLabels": "dockerLabels", "driverOpts": "logOptions",
           "labels": "dockerLabels"}  # fmt: skip
WORDS = {"command": "command", "entryPoint": "entryPoint"}
NAMES = ("name", "key", "Key")
# Tags that AWS alone sets (aws: is reserved) and that the mapping reads names and ids from.
READ_TAGS = frozenset(
    "aws:autoscaling:groupName aws:ec2launchtemplate:id aws:ec2launchtemplate:version".split()
)
# Policies are written in IAM's grammar: thousands of ARN patterns and no value of anybody's.
POLICIES = frozenset("PolicyDocument AssumeRolePolicyDocument Document".split())
# What a name in these members can be; AWS takes any text at registration. A parameter may bear a
# version or label (Systems Manager, PutParameter), secrets further marks (CreateSecret).
REFERENCES = {
    "valueFrom": re.compile(r"[A-Za-z0-9_./-]{1,1011}(?::[A-Za-z0-9_.-]{1,100})?"),
    "credentialsParameter": re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}"),
}
IMAGE_LOGIN = re.compile(r"[^\s/@:]{1,100}:[^\s/@]{1,200}@(?!sha\d{3}:)[\w.-]+[:/]")
WITHHELD = re.compile(r"…\((?P<kind>[a-z0-9_]{1,60})\)")
NO_NAME = "no_name"  # neither an ARN nor a name: whatever it is, it is not for others' eyes
SHORTEST = 8


def withheld(kind: str) -> str:
    """Return the text that stands for one that is not kept."""
    return f"…({kind})"


def kind_withheld(text: object) -> str | None:
    """Return what a text stands for that was put in place of another; None for other text."""
    found = WITHHELD.fullmatch(text) if isinstance(text, str) else None
    return found["kind"] if found else None


@functools.lru_cache(maxsize=1 << 16)
def own_kind(text: str) -> str | None:
    """Return the kind of the credential that a text is or holds by its form alone."""
    if len(text) < SHORTEST or text.startswith(("arn:", "{")):
        return None
    try:
        verdict = judge("", text).verdict
    except SCANNER_ERRORS:
        return UNCLASSIFIED.value_class
    if verdict.cls != "secret" or verdict.confidence not in ("high", "medium"):
        return None
    # acme/password:v2 is an image, attribute:token == a a constraint; NAME=value is a whole line.
    loose = verdict.kind == "assignment" and ("=" not in text or "==" in text)
    return None if loose else verdict.kind


def kind_in(member: str, text: str) -> str | None:
    """Return the kind of what must not be kept of a member's text, None where it may be."""
    kind = own_kind(text)
    if kind or text.startswith("arn:") or WITHHELD.fullmatch(text):
        return kind
    if member in REFERENCES and text:
        known = REFERENCES[member].fullmatch(text) and not shapes.is_generated(text)
        return None if known else NO_NAME
    return "url_userinfo" if member == "image" and IMAGE_LOGIN.match(text) else None


class Guard:
    """Withholds credentials that stand where AWS expects a name, a path or an address.

    Values (variables, tags, options, commands, user data) pass: the collectors classify each.
    """

    passing = POLICIES

    def answer(self, answer: Mapping[str, Any], token: str) -> dict[str, Any]:
        """Return an answer as it may be read on; ``token`` names the member that asks for more."""
        return {k: v if k == token else self.whole(v, k) for k, v in answer.items()}

    def whole(self, value: Any, member: str = "") -> Any:
        """Return what stands under a member of an answer."""
        if member in self.passing:
            return value
        if member == "UserData":
            return self.user_data(value)
        if isinstance(value, str):
            return self.text(member, value)
        if member in PAIRS:
            return self._pairs(value, PAIRS[member])
        if member in OPTIONS:
            return self._options(value, OPTIONS[member])
        if member in WORDS:
            return self.words(value, WORDS[member])
        if isinstance(value, Mapping):
            return {k: self.whole(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [self.whole(one, member if member in REFERENCES else "") for one in value]
        return value

    def text(self, member: str, text: str) -> Any:
        """Return a text, or what stands for it."""
        kind = kind_in(member, text)
        return withheld(kind) if kind else text

    def value(self, name: str, value: Any, where: str) -> Any:  # noqa: ARG002 - of those that record
        """Return a value that is classified later."""
        return value

    def words(self, words: Any, where: str) -> Any:  # noqa: ARG002
        """Return a command's words, which are classified later."""
        return words

    def user_data(self, value: Any) -> Any:
        """Return user data, which is classified later."""
        return value

    def odd(self, value: Any) -> Any:
        """Return what stands in the place of a list or mapping; the collector refuses it."""
        return value

    def _pairs(self, value: Any, where: str) -> Any:
        if value is None or not isinstance(value, list):
            return None if value is None else self.odd(value)
        return [self._pair(one, where) for one in value]

    def _pair(self, pair: Any, where: str) -> Any:
        if not isinstance(pair, Mapping):
            return self.odd(pair)
        name = next((pair[k] for k in NAMES if k in pair), "")
        if not isinstance(name, str):
            return self.odd(pair)
        return {
            k: self.value(name, v, where) if k in ("value", "Value") else self.whole(v)
            for k, v in pair.items()
        }

    def _options(self, value: Any, where: str) -> Any:
        if value is None or not isinstance(value, Mapping):
            return None if value is None else self.odd(value)
        return {
            self.text("", k) if isinstance(k, str) else k: self.value(k, v, where)
            for k, v in value.items()
        }


class Recorded(Guard):
    """What a recording may hold of an answer: of a value, itself if storable, else its verdict."""

    passing = frozenset[str]()

    def __init__(self, masker: Masker) -> None:
        self.masker = masker

    def text(self, member: str, text: str) -> Any:
        """Return a text, or what stands for it; a member's name may tell that it is a secret."""
        kind = kind_in(member, text) or self.masker.kind_unexpected(member, text)
        return withheld(kind) if kind else text

    def value(self, name: str, value: Any, where: str) -> Any:
        """Return a value or its verdict."""
        if where == "tags" and name in READ_TAGS and isinstance(value, str):
            return self.text(name, value)
        return self.masker.for_recording(name, value, where)

    def words(self, words: Any, where: str) -> Any:
        """Return a command, word by word."""
        if words is None:
            return None
        if not isinstance(words, list) or not all(isinstance(w, str | Mapping) for w in words):
            return self.odd(words)
        return self.masker.words_for_recording(words, where)

    def user_data(self, value: Any) -> Any:
        """Return what is read of user data, and not its text."""
        if isinstance(value, Mapping) and MASKED not in value:
            return {k: self.user_data(v) for k, v in value.items()}
        return self.masker.user_data_for_recording(value)

    def odd(self, value: Any) -> Any:  # noqa: ARG002
        """Return what stands for a shape that nobody foresaw."""
        return masked(UNCLASSIFIED)
