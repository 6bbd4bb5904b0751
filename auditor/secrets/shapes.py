"""Shapes of a text that decide by themselves: switches, numbers, addresses, paths, noise."""

from __future__ import annotations

import math
import re

PLAIN = re.compile(
    r"""(?i:true|false|yes|no|y|n|on|off|enabled?|disabled?|always|never|auto|default|optional
        |required?|prefer|debug|info|notice|warn(?:ing)?|error|fatal|trace|verbose|silent
        |production|staging|development|sandbox|bearer|basic|include|omit|strict|lax|prod|dev|stg
        |hs(?:256|384|512)|rs(?:256|384|512)|es(?:256|384|512)|ps(?:256|384|512)|eddsa
        |md5|sha-?(?:1|256|384|512)|scram-sha-(?:256|512)|aes-?(?:128|192|256)-(?:gcm|cbc|ctr)
        |argon2(?:id?|d)?|bcrypt|scrypt|pbkdf2|redis|memory|database|file|vault|env)
    | [+-]?\d{1,30}(?:\.\d{1,20})? | \d{1,12}\s?(?:ms|s|m|h|d|w|sec|min|[kmgt]i?b?)
    | v?\d{1,6}(?:\.\d{1,6}){1,3}(?:[-+][A-Za-z0-9.-]{1,40})?
    """,
    re.VERBOSE,
)
UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
URL = re.compile(r"[a-z][a-z0-9+.-]{1,30}://[^\s\"'<>`]{1,2000}", re.IGNORECASE)
HOST = re.compile(
    r"(?:[A-Za-z0-9-]{1,63}\.){1,12}[A-Za-z]{2,24}\.?(?::\d{1,5})?(?:/[\w./-]{0,200})?"
)
PATH = re.compile(
    r"[~.]{0,2}/?[A-Za-z0-9_.@-]{1,80}(?:/[A-Za-z0-9_.@-]{1,80}){1,12}/?|/[\w.-]{2,80}"
)
# Public halves and certificates: long, random, and meant to be handed out.
PUBLISHED = re.compile(
    r"-----BEGIN (?:CERTIFICATE|PUBLIC KEY|RSA PUBLIC KEY|X509 CRL|CERTIFICATE REQUEST|"
    r"PGP PUBLIC KEY BLOCK)|(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-[\w-]{4,20}) AAAA"
)
DOTTED = re.compile(r"[a-z][a-z_]{1,40}(?:\.[a-z][a-z_]{1,40}){1,8}\.[A-Z]?[A-Za-z_]{2,60}")
CAMEL = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
RUNS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
NAME = re.compile(r"[\[<]?[A-Za-z*][\w.*-]{0,80}[\]>]?")
SEPARATORS = re.compile(r"[-_./:@,;| ]")
DIGITS = re.compile(r"\d+")
HEX = frozenset("0123456789abcdefABCDEF-")
HEAD = 256  # as much of a text as judgements about its letters look at


def entropy(text: str) -> float:
    """Return Shannon's entropy in bits a character, over the head of the text."""
    head = text[:HEAD]
    counts = [head.count(c) for c in set(head)]
    return -sum(n / len(head) * math.log2(n / len(head)) for n in counts) if head else 0.0


def is_random(text: str) -> bool:
    """Tell generated text from words, paths and slugs; meant for values under a telling name."""
    head = text[:HEAD]
    if len(text) < 16 or any(c.isspace() for c in head):
        return False
    if HEX.issuperset(head):
        return entropy(head) > 2.5
    runs = SEPARATORS.split(head)
    if len(text) >= 20 and _kinds(head) == 3 and any(map(is_noisy, runs)):
        return True
    longest = max(runs, key=len)
    if longest.isalpha() and (longest.islower() or len(longest) < 16 or is_spoken(longest)):
        return _has_symbols(head) and entropy(head) > 3.2
    return _kinds(head) >= 2 and entropy(head) > 3.2 and len(longest) >= 12


def is_generated(text: str) -> bool:
    """Tell hexadecimal digits and scrambled letters from any name, whatever stands before it."""
    if len(text) < 20 or not text.isalnum():
        return False
    return (HEX.issuperset(text) and entropy(text) > 2.5) or is_scrambled(text)


def is_noisy(run: str) -> bool:
    """Tell one run of generated letters from words, whether or not digits stand in it."""
    return is_scrambled(run) or _is_jumbled(run)


def is_scrambled(run: str) -> bool:
    """Tell letters of both cases among digits from words with a number: ``00QCjAl4``."""
    return len(run) >= 8 and _kinds(run) == 3 and len(DIGITS.split(run)) > 2


def is_spoken(run: str) -> bool:
    """Say whether letters of both cases are words written together: ``StringDeserializer``."""
    return run.isalpha() and len(CAMEL.findall(run)) * 4 <= len(run)


def _is_jumbled(part: str) -> bool:
    """Tell base64 with slashes from a path: letters and digits change about at every place."""
    runs, kinds = len(RUNS.findall(part)), _kinds(part)
    if kinds == 3:
        return len(part) >= 6 and runs * 2 > len(part)
    return len(part) >= 8 and part.isalpha() and kinds == 2 and runs * 5 > len(part) * 2


def is_list(text: str) -> bool:
    """Say whether the value lists names: ``DB_PASSWORD,API_KEY``."""
    items = [item.strip() for item in text.split(",")]
    return len(items) > 1 and all(map(NAME.fullmatch, items)) and not any(map(is_random, items))


def _kinds(text: str) -> int:
    return sum(any(map(test, text)) for test in (str.islower, str.isupper, str.isdigit))


def _has_symbols(text: str) -> bool:
    """Count marks that names and slugs do not hold."""
    return len(set(text) & set("!#$%^&*()+=?<>{}[]~\\")) >= 2


def is_path(text: str) -> bool:
    """Say whether the value is a path of words (``prod/app/db``), not base64 with slashes."""
    return PATH.fullmatch(text) is not None and not any(map(_is_noise, text.split("/")))


def _is_noise(part: str) -> bool:
    if is_random(part) or _is_jumbled(part):
        return True
    stem = part.rpartition(".")[0] or part
    return len(part) > 12 and entropy(part) > 3.4 and _kinds(stem) >= 2 and "-" not in part


def is_plain(text: str) -> bool:
    """Say whether the value is a switch, a number, a duration, a version or an algorithm."""
    return len(text) <= 100 and PLAIN.fullmatch(text) is not None


def is_dotted(text: str) -> bool:
    """Say whether the value names code by words: ``app.auth.TokenBackend``."""
    return DOTTED.fullmatch(text) is not None and not any(map(is_scrambled, text.split(".")))


def is_locator(text: str) -> bool:
    """Say whether the value is a plain URL, host or address without anything generated in it."""
    if URL.fullmatch(text):
        return True
    return HOST.fullmatch(text) is not None and not is_random(text.replace(".", ""))
