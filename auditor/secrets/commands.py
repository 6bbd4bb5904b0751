"""Secrets on command lines: flags of known clients, assignments, pipes into logins."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from auditor.secrets import clients, names, shapes, statements
from auditor.secrets.standins import is_literal
from auditor.secrets.structure import LOGIN, Found

WORDS = re.compile(
    r"(?:[^\s\"'`;&|()<>\\]|\\.|\"(?:[^\"\\]|\\.){0,4000}\"|'[^']{0,4000}')+|&&|\|\||[;|&()\n]",
    re.DOTALL,
)
SHELL = re.compile(r"[\s;|&]")
FLAG = re.compile(r"--?(?P<flag>[A-Za-z][\w.-]{1,80})(?:=(?P<value>.{1,4000}))?", re.DOTALL)
ASSIGN = re.compile(r"(?:-[De])?(?P<name>[A-Za-z_][\w.:/-]{0,120})=(?P<value>.{1,4000})", re.DOTALL)
CHPASSWD = re.compile(r"[a-z_][\w-]{0,31}:(?P<secret>[^\s:\"']{3,120})")
BREAKS = frozenset("&& || ; | & ( ) \n".split(" "))
LIMIT = 100_000
CLIENT = "a client's password flag has a literal"


class Spot(NamedTuple):
    """A secret in a command and the index of the word that holds it."""

    word: int
    found: Found


class Word(NamedTuple):
    """A word of a command, unquoted, and the index of the argument it comes from."""

    argument: int
    text: str


def find(arguments: Sequence[str]) -> Iterator[Spot]:
    """Yield the secrets of an argument list; a shell line inside one word is read as such."""
    line = list(_words(arguments))
    program, seen = _Program(), set()
    for at, word in enumerate(line):
        program.read(word.text)
        for found in _judge(program, line, at):
            holder = word.argument
            if found.text not in arguments[holder]:
                later = (w.argument for w in line[at + 1 : at + 6] if found.text in w.text)
                holder = next(later, holder)
            if (holder, found.text) not in seen:
                seen.add((holder, found.text))
                yield Spot(holder, found)


def _words(arguments: Sequence[str]) -> Iterator[Word]:
    for index, argument in enumerate(arguments):
        if SHELL.search(argument[:4000]):
            for word in WORDS.findall(argument[:LIMIT]):
                yield Word(index, unquoted(word))
        elif argument:
            yield Word(index, argument)


def unquoted(word: str) -> str:
    """Return a word without the shell's quotes: ``-p"x"`` is ``-px``."""
    if "'" not in word and '"' not in word:
        return word
    bare = re.sub(r"'([^']{0,4000})'|\"((?:[^\"\\]|\\.){0,4000})\"", r"\1\2", word)
    return bare.replace('\\"', '"')


class _Program:
    """The client whose flags are being read, and whether a subcommand logs in."""

    def __init__(self) -> None:
        self.name, self.fresh, self.logs_in = "", True, False

    def read(self, word: str) -> None:
        base = word.rsplit("/", 1)[-1]
        if word in BREAKS:
            self.fresh = True
        elif base in clients.LOGINS:
            self.logs_in = True
        elif (self.fresh and "=" not in word and not word.startswith("-")) or (
            base in clients.KNOWN and not self.logs_in
        ):
            self.name, self.logs_in = base, False
            self.fresh = base in clients.WRAPPERS


def _judge(program: _Program, line: list[Word], at: int) -> Iterator[Found]:
    word = line[at].text
    following = line[at + 1].text if at + 1 < len(line) else ""
    if word in BREAKS:
        return
    found = list(_assigned(word))
    found = found or list(_client(program, word, following))
    if not found and word not in clients.SPACED.get(program.name, ()):
        found = list(_general(word, following))
    yield from found or _placed(line, at)


def _assigned(word: str) -> Iterator[Found]:
    hit = ASSIGN.fullmatch(word)
    if not hit:
        return
    value = hit["value"].strip("\"'")
    if hit["name"] == "ECS_ENGINE_AUTH_DATA":
        login = statements.registry_login(value)
        if login:
            yield login
        return
    found = list(statements.announced(hit["name"].rpartition(":")[2], value, "assignment"))
    yield from found or (statements.find(value) if "=" in value else _login(hit["name"], value))


def _login(name: str, value: str) -> Iterator[Found]:
    """Yield the password of ``--basic-auth user:password`` and ``cloud.auth=user:password``."""
    said = names.judge(name)
    login = LOGIN.fullmatch(value) if said.announces and not said.strong else None
    if login and is_literal(login["secret"], password=True):
        yield Found("user_flag", login["secret"], "a login flag has a literal password")
    elif said.announces and said.words[-1:] == ("auth",) and shapes.is_random(value):
        yield Found("password_flag", value, "a login flag has a token", "medium")


def _client(program: _Program, word: str, following: str) -> Iterator[Found]:
    name = program.name
    glued = clients.GLUED.get(name)
    if glued and word.startswith(glued) and not word.startswith("--") and len(word) > 2:
        if is_literal(word[2:], password=True):
            yield Found("password_flag", word[2:], CLIENT)
        return
    if word in clients.SPACED.get(name, ()) and _is_value(following):
        if program.logs_in or word.startswith("--") or name not in clients.NEEDS_LOGIN:
            secret = following.removeprefix("pass:")
            if not secret.startswith(("env:", "file:", "fd:", "stdin")):
                yield Found("password_flag", secret, CLIENT)
        return
    yield from _users(name, word, following)


def _users(name: str, word: str, following: str) -> Iterator[Found]:
    flags, mark = clients.USERS.get(name, ((), ":"))
    for flag in flags:
        joined = word.startswith(flag) and word != flag and (flag == "-u" or word[len(flag)] == "=")
        login = word[len(flag) :].lstrip("=") if joined else following if word == flag else ""
        secret = login.partition(mark)[2]
        if secret and "://" not in login and is_literal(secret, password=True):
            yield Found("user_flag", secret, "a client's login has a literal password")
            return


def _general(word: str, following: str) -> Iterator[Found]:
    bare = word.lstrip("-").rstrip("=")
    if bare in clients.BARE and _is_value(following):
        yield Found("password_flag", following, CLIENT)
        return
    if word.startswith("pass:") and is_literal(word[5:], password=True):
        yield Found("password_flag", word[5:], CLIENT)
        return
    if word.endswith((":_authToken", ":_auth", ":_password")) and _is_value(following):
        yield Found("password_flag", following, "a registry's login is set")
        return
    hit = FLAG.fullmatch(word)
    if not hit or (not word.startswith("--") and len(hit["flag"]) < 4):
        return
    value = hit["value"] or (following if _is_value(following) else "")
    yield from statements.announced(hit["flag"], value.strip("\"'"), "password_flag")
    yield from _assigned(value)
    yield from _login(hit["flag"], value)


def _placed(line: list[Word], at: int) -> Iterator[Found]:
    """Read passwords that stand at a fixed place: ``rabbitmqctl add_user name secret``."""
    for count in (3, 2):
        start = tuple(
            word.text.rsplit("/", 1)[-1] for word in line[max(0, at - count + 1) : at + 1]
        )
        place = clients.POSITIONS.get(start)
        if place and at + place < len(line):
            words = [word.text for word in line[at + 1 : at + place + 1]]
            if BREAKS.isdisjoint(words) and _is_value(words[-1]):
                yield Found("password_flag", words[-1], CLIENT)
    word, before = line[at].text, line[at - 1].text if at else ""
    reads = (word, before) in (("-S", "sudo"), ("--stdin", "passwd"), ("-x", "add"))
    if reads or word in ("chpasswd", "--password-stdin"):
        yield from _piped(line, at)


def _piped(line: list[Word], at: int) -> Iterator[Found]:
    """Read ``echo name:secret | chpasswd`` and ``echo secret | docker login --password-stdin``."""
    start = max(0, at - 14)
    before = [word.text for word in line[start:at]]
    pipe = max((i for i, word in enumerate(before) if word == "|"), default=0)
    said = next(
        (i for i in range(pipe, -1, -1) if before[i : i + 1] in (["echo"], ["printf"])), None
    )
    if not pipe or said is None:
        return
    for word in before[said + 1 : pipe]:
        login = CHPASSWD.fullmatch(word)
        secret = login["secret"] if login and line[at].text == "chpasswd" else word
        if _is_value(secret) and secret not in ("%s", "%s\\n") and len(secret) >= 3:
            yield Found("piped_password", secret, "a password is piped into a login")


def _is_value(text: str) -> bool:
    if not text or text in BREAKS or text.startswith(("-", "./", "@", "<", ">")):
        return False
    if text.startswith("/") and shapes.is_path(text):
        return False
    return is_literal(text, password=True)
