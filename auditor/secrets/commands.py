"""Secrets on command lines: flags of known clients, assignments, pipes into logins."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from auditor.secrets import names, shapes
from auditor.secrets.structure import literal

WORDS = re.compile(
    r"\"(?:[^\"\\]|\\.){0,2000}\"|'[^']{0,2000}'|[^\s\"';&|()<>]{1,4000}|&&|\|\||[;|&]"
)
LONG = re.compile(r"--?(?P<flag>[A-Za-z][\w.-]{1,60})(?:=(?P<value>.{1,2000}))?", re.DOTALL)
ASSIGN = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_.]{0,100})=(?P<value>.{1,4000})", re.DOTALL)
# Short flags that mean a password for these clients alone: -p is a port or a path elsewhere.
GLUED = {
    "mysql": "-p",
    "mysqladmin": "-p",
    "mysqldump": "-p",
    "mariadb": "-p",
    "mariadb-admin": "-p",
    "mariadb-dump": "-p",
    "7z": "-p",
    "mysqlcheck": "-p",
    "mysqlimport": "-p",
}
SPACED = {
    "redis-cli": ("-a", "--pass"),
    "sshpass": ("-p",),
    "mongo": ("-p",),
    "mongosh": ("-p",),
    "mongodump": ("-p",),
    "mongorestore": ("-p",),
    "sqlcmd": ("-P",),
    "bcp": ("-P",),
    "docker": ("-p", "--password"),
    "podman": ("-p",),
    "ldapsearch": ("-w",),
    "kinit": ("-w",),
    "ldapadd": ("-w",),
    "ldapmodify": ("-w",),
    "smbclient": ("-P",),
    "cqlsh": ("-p",),
    "clickhouse-client": ("--password",),
    "az": ("-p",),
    "helm": ("-p",),
    "curl": ("--pass",),
    "isql": ("-P",),
    "rabbitmqadmin": ("-p",),
    "nats": ("--password",),
    "zip": ("-P",),
    "unzip": ("-P",),
    "ftp": ("-p",),
    "lftp": ("-p",),
    "influx": ("-password", "-t"),
    "vault": ("-token",),
    "etcdctl": ("--password",),
}
USERS = {
    "curl": ("-u", "--user", "-U", "--proxy-user"),
    "http": ("-a", "--auth"),
    "etcdctl": ("--user",),
    "lftp": ("-u",),
    "smbclient": ("-U",),
}
BARE = frozenset("requirepass masterauth".split())
BREAKS = frozenset("&& || ; | &".split())


class Spot(NamedTuple):
    """A secret in a command: the word it stands in, its text and why."""

    word: int
    kind: str
    text: str
    reason: str


def find(words: Sequence[str]) -> Iterator[Spot]:
    """Yield the secrets of an argument list; a shell line inside one word is read as such."""
    flat: list[tuple[int, str]] = []
    for index, word in enumerate(words):
        if re.search(r"[\s;|&]", word[:4000]):
            flat += [(index, t.strip("\"'")) for t in WORDS.findall(word[:100_000])]
        else:
            flat.append((index, word))
    yield from _spots(flat)


def _spots(flat: list[tuple[int, str]]) -> Iterator[Spot]:
    program = ""
    fresh = True
    for at, (index, word) in enumerate(flat):
        following = flat[at + 1][1] if at + 1 < len(flat) else ""
        if word in BREAKS:
            fresh = True
            continue
        found = _assignment(word) or _flag(program, word, following)
        if found:
            kind, text, reason = found
            where = index if text in word else flat[at + 1][0]
            yield Spot(where, kind, text, reason)
        base = word.rsplit("/", 1)[-1]
        if (
            (fresh and "=" not in word and not word.startswith("-"))
            or base in GLUED
            or (base in SPACED or base in USERS)
        ):
            program, fresh = base, base in ("export", "sudo", "exec", "env", "sh", "bash", "CMD")


def _assignment(word: str) -> tuple[str, str, str] | None:
    found = ASSIGN.fullmatch(word)
    if not found:
        return None
    value = found["value"].strip("\"'")
    name = names.judge(found["name"])
    if found["name"] == "ECS_ENGINE_AUTH_DATA" and literal(value):
        return "registry_auth", value, "a registry login is assigned"
    return _announced(name, value, "assignment", "a secret is assigned")


def _announced(name: names.Name, value: str, kind: str, reason: str) -> tuple[str, str, str] | None:
    if name.neutral or name.public or not literal(value) or not name.role:
        return None
    if shapes.is_plain(value) and not (name.role == "password" and value.isdigit()):
        return None
    if name.role == "password" and not shapes.is_path(value) and not value.startswith("-"):
        return kind, value, reason
    strong = name.strong_key and len(value) >= 8 and not shapes.is_path(value)
    if (strong or shapes.is_random(value)) and not shapes.URL.fullmatch(value):
        return kind, value, reason
    return None


def _flag(program: str, word: str, following: str) -> tuple[str, str, str] | None:
    reason = "a client's password flag has a literal"
    glued = GLUED.get(program)
    if glued and word.startswith(glued) and not word.startswith("--") and len(word) > 2:
        value = word[2:]
        return ("password_flag", value, reason) if literal(value) else None
    if word in SPACED.get(program, ()) and _value(following):
        return "password_flag", following, reason
    if word in USERS.get(program, ()) and ":" in following and _value(following):
        secret = following.partition(":")[2]
        return ("user_flag", secret, reason) if secret and literal(secret) else None
    found = LONG.fullmatch(word)
    if word in BARE and _value(following):
        return "password_flag", following, reason
    if not found or not word.startswith("-"):
        return None
    value = (found["value"] or following).strip("\"'")
    if not found["value"] and not _value(following):
        return None
    name = names.judge(found["flag"])
    if found["flag"] in BARE and _value(value):
        return "password_flag", value, reason
    if not word.startswith("--") and len(found["flag"]) < 4:
        return None
    return _announced(name, value, "password_flag", reason)


def _value(text: str) -> bool:
    return bool(text) and text not in BREAKS and not text.startswith("-") and literal(text)
