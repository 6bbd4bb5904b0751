"""Names with values inside a text: assignments, pairs of a connection string, options, YAML."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.secrets import names, shapes
from auditor.secrets.standins import FOLD, is_literal
from auditor.secrets.structure import LIMIT, Found, is_login, members

PAIR = re.compile(
    r"""(?<![\w.$%{])(?P<key>\$?[A-Za-z_][\w.:/-]{0,80}(?:\s(?:Id|ID|id|Key|Password|Name))?)["'\]]{0,2}
    [ \t]{0,3}(?P<sign>=>|:=|\+=|={1,2}|:)[ \t]{0,3}
    (?:\\?"(?P<double>[^"\n]{1,2000}?)\\?"|'(?P<single>[^'\n]{1,2000})'
       |(?P<bare>[^\s"';,&|)}\]<>]{1,2000}))""",
    re.VERBOSE,
)
# SetEnvironmentVariable("N", "V"), setx N V, os.environ["N"] = "V" and XML of package managers.
CALL = re.compile(
    r"""(?:(?:SetEnvironmentVariable|setx|setenv|putenv)[(\s]{1,3}["']?|\bset\s{1,3}\$)(?P<key>\w{1,80})["']?[,\s]{1,3}
    ["']?(?P<secret>[^"'\s)]{1,500})""",
    re.VERBOSE,
)
# Settings of Redis and LDAP servers, and what sed puts in the place of a name.
DIRECTIVE = re.compile(
    r"(?im)(?:^|[\"'\\n;])\s{0,8}(?:requirepass|masterauth|rootpw|bindpw"
    r"|user\s{1,8}\S{1,60}\s{1,8}(?:insecure-)?password)\s{1,8}"
    r"[\"']?(?P<secret>[^\s\"']{3,200})"
)
SED = re.compile(
    r"\bs(?P<mark>[/|#,~])\^?(?P<key>[\w.{}<>@%$-]{3,80})(?P=mark)"
    r"(?P<secret>[^\s\"'/|#,~]{4,200})(?P=mark)"
)
NETRC = re.compile(r"\blogin\s{1,3}\S{1,100}\s{1,3}password\s{1,3}(?P<secret>\S{3,200})")
SECURE = re.compile(
    r"(?i)ConvertTo-SecureString\s{1,3}(?:-String\s{1,3})?[\"'](?P<secret>[^\"']{3,300})[\"']"
)
XML = re.compile(r"<(?P<key>[A-Za-z][\w.:-]{2,60})>\s{0,20}(?P<secret>[^<>\s]{3,500})\s{0,20}</")
ATTRIBUTE = re.compile(
    r"\b(?:key|name)=\"(?P<key>[\w.:-]{2,80})\"\s{1,8}value=\"(?P<secret>[^\"\n]{3,500})\""
)
# A line of Fluent Bit's configuration: HTTP_Passwd value.
ROUTED = re.compile(
    r"(?m)^[ \t]{0,12}(?P<key>[A-Za-z][\w.]{1,40})[ \t]{1,20}(?P<secret>[^\s=:{}]{4,500})[ \t]*$"
)
SECTION = re.compile(r"(?im)^[ \t]{0,8}\[(?:input|output|filter|service)\]")
IDENTIFIED = re.compile(
    r"(?i)\b(?:IDENTIFIED(?:\s+WITH\s+\w{1,40})?\s+BY|(?:WITH|LOGIN|ENCRYPTED|CREATEDB)\s+PASSWORD)\s{1,3}=?\s{0,2}"
    r"['\"](?P<secret>[^'\"\s]{3,200})['\"]"
)
REGISTRY = re.compile(r"ECS_ENGINE_AUTH_DATA\s{0,2}[=:]\s{0,2}(?P<secret>.{5,4000})", re.DOTALL)
CODE = re.compile(r"(?-i:[A-Z][a-z]{1,14}-[A-Z][A-Za-z]{2,30}$)|[A-Za-z_][\w.]{0,80}\(")
HINT = re.compile(
    r"(?i)pass|pwd|secret|token|key|cred|auth|clave|senha|kennwort|wachtwoord|mdp|haslo|heslo"
    r"|jwt|salt|pat\b|pw\b|identified|secure"
)
SERVERS = re.compile(
    r"(?i)\b(?:server|data source|host|hostname|endpoint|user id|uid|user|username|dbname|database"
    r"|accountname|addr|address|driver|initial catalog)\s{0,3}="
)


def find(text: str) -> Iterator[Found]:
    """Yield what is assigned to secret names in a text."""
    text = text[:LIMIT]
    if not HINT.search(text):
        return
    registry = REGISTRY.search(text) if "ECS_ENGINE_AUTH_DATA" in text else None
    if registry and (found := registry_login(registry["secret"])):
        yield found
    servers = SERVERS.search(text) is not None
    kind = "connection_string" if servers else "assignment"
    for hit in PAIR.finditer(text):
        value = hit["double"] or hit["single"] or hit["bare"] or ""
        if servers and value.startswith("{") and text[hit.end() : hit.end() + 1] == "}":
            value = value[1:]  # ODBC's quotes
        if hit["key"] in ("auth", "_auth") and is_login(value):
            yield Found("registry_auth", value, "a registry login is written out")
        elif not _is_prose(hit, text) and not _is_code(hit["bare"]):
            key = hit["key"].replace(" ", "_")
            yield from announced("pwd" if key == "PWD" and servers else key, value, kind)
    yield from _calls(text)


def _calls(text: str) -> Iterator[Found]:
    routed = (ROUTED,) if "[" in text and SECTION.search(text) else ()
    for pattern in (CALL, XML, ATTRIBUTE, SED, *routed):
        for hit in pattern.finditer(text):
            yield from announced(hit["key"].strip("_<>{}@%$-"), hit["secret"], "assignment")
    for pattern in (SECURE, IDENTIFIED, NETRC, DIRECTIVE):
        for hit in pattern.finditer(text):
            if is_literal(hit["secret"], password=True):
                yield Found("assignment", hit["secret"], "a password is set")


def _is_prose(hit: re.Match[str], text: str) -> bool:
    """Tell ``password: required by law`` from a line of YAML."""
    if hit["sign"] != ":" or hit["bare"] is None:
        return False
    if "/" in hit["key"] and hit["key"][-1] != "/" and hit.end("key") + 1 == hit.start("bare"):
        return True  # an image and its tag
    rest = text[hit.end() : hit.end() + 200].partition("\n")[0].strip()
    return hit["bare"].isalpha() and bool(rest)


def _is_code(bare: str | None) -> bool:
    """Tell a call from a value: ``$pw = Get-Content x``, ``token = read(path)``."""
    return bare is not None and (bare.startswith("(") or CODE.match(bare) is not None)


def announced(key: str, value: str, kind: str) -> Iterator[Found]:
    """Yield a value that its name makes a secret; nothing for switches, paths and variables."""
    said = names.judge(key.lstrip("$-"))
    password = said.role == "password"
    if not said.announces or said.role == "hint" or _is_same(key, value):
        return
    if not is_literal(value, password=password) or _is_setting(value, password):
        return
    reason = "a name that announces a secret has a literal"
    if shapes.is_random(value) or shapes.UUID.fullmatch(value):
        yield Found(kind, value, reason)
    elif password and not said.soft:
        told = not value.isalpha() or kind == "password_flag" or shapes.is_noisy(value)
        sure = len(value) >= 4 and told
        yield Found(kind, value, reason, "high" if sure else "medium")
    elif said.strong and not said.soft and len(value) >= 8 and not value.isalpha():
        yield Found(kind, value, reason, "high" if any(map(str.isdigit, value)) else "medium")


def _is_same(key: str, value: str) -> bool:
    """Say whether a value repeats its own name: ``password=password``."""
    name = key.rpartition(".")[2]
    return FOLD.sub("", value.lower()) == FOLD.sub("", name.lower())


def _is_setting(value: str, password: bool) -> bool:
    if shapes.is_plain(value):
        return not (password and value.isdigit())
    elsewhere = value.startswith(("-", "/", "./", "@", "\\", "{", "["))
    return elsewhere or shapes.is_locator(value) or ("/" in value and shapes.is_path(value))


def registry_login(text: str) -> Found | None:
    """Return the login of ``ECS_ENGINE_AUTH_DATA``: {"https://…": {"auth": …}} or a password."""
    for key, value in members(text[: text.rfind("}") + 1].replace('\\"', '"')) or ():
        known = key in ("auth", "password", "identitytoken", "registrytoken")
        if known and is_literal(value, password=True):
            return Found("registry_auth", value, "a registry login is written out")
    return None
