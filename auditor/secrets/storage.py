"""The allow-list of storage: which text may be kept as it is."""

from __future__ import annotations

import re

from auditor.secrets import names, shapes
from auditor.secrets.detector import Verdict, classify
from auditor.secrets.standins import defaulted

LONGEST = 2048
# A reference with a default or a command in it may carry the secret that it stands for.
CARRIES = re.compile(r":[-=?+]|[\"'`]|\$\(|default|ENC|cipher|AQICAH|\s")
# A word behind such a name may be a password that no form betrays: token=sunflower.
ASSIGNS = re.compile(
    r"(?i)(?:pass(?:w(?:or)?d)?|pwd?|secret|token|api_?-?key|auth(?:orization)?)[\"']?\s{0,3}[=:]\s{0,3}"
    r"[\"']?(?![$<{%]|arn:|/)[^\s\"'/:,;&]"
)
# What joins a word and digits in a password, and not in text: Welcome@123, Summer#2024.
GLUED = re.compile(r"[^\W\d_][#@*&|!$%^~]+\d|\d[#@*&|!$%^~]+[^\W\d_]")
# admin:sunflower, alice:rain,bob:snow: a port or a scheme's slashes are none.
LOGINS = re.compile(r"[\w.-]+:(?!\d{1,5}(?:[^\w.]|$))[^\W_]")
WORDLIST = frozenset((12, 15, 18, 21, 24))  # words of a seed phrase (BIP 39)
PIECES = re.compile(r"[-_/:.,;=@+*#&|()\s]+")
WORD = re.compile(
    r"[A-Z]?[a-z]{1,24}|[A-Z]{1,24}|(?:[A-Za-z][a-z]{2,15}){1,6}|\d{1,14}[A-Za-z]{0,2}"
    r"|(?:[A-Z]?[a-z]{2,24}|[A-Z]{3,24}|(?:[A-Za-z][a-z]{2,15}){1,6})\d{1,6}"
)
CODE = re.compile(r"[a-z0-9]{1,8}|[A-Z0-9]{1,8}")  # 5f3a9c of a version, EU1 of a site
LOGS = ("logOptions", "firelensOptions")
TEMPLATE = re.compile(r"\$[A-Z_][A-Z0-9_]*|(?:\$?\$?\{|%|#\{|<|@|!|\[).{0,400}", re.DOTALL)
CODES = 2  # more of them make a token


def keepable(name: str, value: str, where: str = "environment") -> str | None:
    """Return the text if it may be stored: proven harmless, a reference, a plain URL or host.

    Raises ValueError as ``classify`` does.
    """
    return value if may_keep(name, value, classify(name, value, where), where) else None


def may_keep(name: str, value: str, verdict: Verdict, where: str = "environment") -> bool:
    """Say whether a classified value may be stored as it is.

    Options of log drivers are suspicious: not even a code may stand among their words.
    """
    if len(value) > LONGEST or verdict.cls not in ("reference", "harmless"):
        return False
    if ASSIGNS.search(value):
        return False
    if verdict.cls == "reference":
        if value.startswith("arn:"):
            return True
        role = names.judge(name).role
        if defaulted(value) or (verdict.kind == "path" and role == "password"):
            return False
        spoken = TEMPLATE.fullmatch(value) is not None or _is_spoken(value, CODES)
        return spoken and CARRIES.search(value) is None
    said = names.judge(name)
    if shapes.is_plain(value) or not value:
        opens = said.role in ("password", "secret") and not said.neutral
        return not (opens and value.isdigit())
    if said.role and not said.neutral:
        return False
    if shapes.URL.fullmatch(value):
        return _is_plain_url(value)
    suspicious = where in LOGS and not name.startswith("awslogs-")
    return _is_spoken(value, 0 if suspicious else CODES)


def _is_said(value: str) -> bool:
    """Say whether the text may say a password in plain words."""
    if "@" in value or GLUED.search(value) or LOGINS.search(value):
        return True
    words = value.split()
    if len(words) in WORDLIST and all(w.isalpha() and w.islower() for w in words):
        return True
    return len(words) > 1 and any(names.judge(w).role == "password" for w in words)


def _is_spoken(value: str, codes: int) -> bool:
    """Say whether the text is made of words, with a few codes among them at most."""
    if _is_said(value):
        return False
    odd = [piece for piece in PIECES.split(value) if piece and not WORD.fullmatch(piece)]
    return len(odd) <= codes and all(map(CODE.fullmatch, odd))


def _is_plain_url(value: str) -> bool:
    if "?" in value or "@" in value:
        return False
    return not any(shapes.is_random(part) for part in value.split("/"))
