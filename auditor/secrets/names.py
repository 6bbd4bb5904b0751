"""What a variable's name announces: a password, a secret, a key, something public, or nothing."""

from __future__ import annotations

import functools
import itertools
import re
from typing import Literal, NamedTuple

Role = Literal["password", "secret", "key"]
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
PASSWORDS = frozenset(
    "password passwd passphrase pass pwd passcode pw psw passwort contrasena senha motdepasse "
    "kennwort wachtwoord requirepass".split()
)
SECRETS = frozenset(
    "secret secrets token tokens credential credentials cred creds apikey secretkey accesskey "
    "privatekey authtoken accesstoken bearer jwt webhook authkey pat hmac pepper salt cookie "
    "auth authorization".split()
)
ALONE_WEAK = frozenset("auth authorization webhook cookie jwt credentials credential creds".split())
# Words that make a following "key" one that opens something.
KEY_PAIRS = frozenset(
    "api secret private access signing sign encryption encrypt auth app master license licence "
    "shared account service server admin deploy session cookie jwt hmac webhook storage ssh "
    "root security consumer subscription integration ingest ingestion write user bot".split()
)
ENDINGS: tuple[tuple[str, Role], ...] = (
    ("password", "password"), ("passwd", "password"), ("passphrase", "password"),
    ("pwd", "password"), ("dbpass", "password"), ("secret", "secret"), ("token", "secret"),
    ("apikey", "secret"), ("secretkey", "secret"), ("privatekey", "secret"),
    ("accesskey", "secret"), ("authkey", "secret"), ("licensekey", "secret"),
)  # fmt: skip
NEUTRAL = frozenset(
    """id ids arn name names path paths file filename url uri endpoint host hostname port ttl
    enabled disabled enable disable header headers length len size expiry expires expire
    expiration exp in username user users email region type types format alg algorithm algo
    issuer audience aud prefix suffix version count limit limits max min timeout seconds secs
    minutes hours days ms interval rotation policy bucket table realm alias ref param parameter
    ssm location dir directory folder provider mode field column scope scopes age attempts
    required strategy hint reset store manager engine domain rounds cost lifetime duration
    period rate check validation regex pattern backend class cache use using allowed rotate
    refresh window leeway grant response""".split()
)
PUBLIC_START = ("NEXT_PUBLIC_", "VITE_", "REACT_APP_", "EXPO_PUBLIC_", "NUXT_PUBLIC_", "GATSBY_",
                "PUBLIC_", "VUE_APP_", "NG_APP_")  # fmt: skip
PUBLIC_PAIRS = frozenset(
    [("client", "key"), ("site", "key"), ("anon", "key"), ("public", "key"), ("publishable", "key"),
     ("client", "token"), ("rum", "token"), ("public", "token")]
)  # fmt: skip
COUNTED = frozenset("max min num total limit avg mean count per context".split())


class Name(NamedTuple):
    """A name's verdict; ``strong_key`` tells API_KEY from CACHE_KEY."""

    role: Role | None
    neutral: bool  # its last word turns the rest off: PASSWORD_MIN_LENGTH
    public: bool  # meant to be seen: NEXT_PUBLIC_…, publishable keys
    strong_key: bool = False
    words: tuple[str, ...] = ()


@functools.lru_cache(maxsize=4096)
def judge(name: str) -> Name:
    """Split a name at cases, underscores, dots and dashes and say what it announces."""
    words = tuple(word.lower() for word in WORD.findall(name[:256]))
    public = (
        name.upper().startswith(PUBLIC_START)
        or bool({"publishable", "public"} & set(words))
        or any(pair in PUBLIC_PAIRS for pair in itertools.pairwise(words))
    )
    role, strong = _role(words)
    last = next((word for word in reversed(words) if not word.isdigit()), "")
    neutral = last in NEUTRAL or (last == "tokens" and bool(COUNTED & set(words)))
    return Name(role, bool(role) and neutral, public, strong, words)


def _role(words: tuple[str, ...]) -> tuple[Role | None, bool]:
    if PASSWORDS & set(words):
        return "password", True
    for word in words:
        for ending, role in ENDINGS:
            if word.endswith(ending) and len(word) > len(ending):
                return role, True
    named = SECRETS & set(words)
    if named - ALONE_WEAK:
        return "secret", True
    for before, word in zip(("", *words), words, strict=False):
        if word in ("key", "keys"):
            return "key", before in KEY_PAIRS
    return ("key", False) if named else (None, False)
