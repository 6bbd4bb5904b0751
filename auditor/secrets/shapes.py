"""Classes of a whole value before anything is called a secret: reference, placeholder, plain."""

from __future__ import annotations

import math
import re

REFERENCE = re.compile(
    r"""arn:[a-z-]{3,15}:[a-z0-9-]{1,40}:.{0,1900}
    | \$\{[^{}\n]{1,200}\} | \$\([^()\n]{1,200}\) | \$[A-Za-z_][A-Za-z0-9_]{0,100}
    | %[A-Za-z_][A-Za-z0-9_]{0,100}%
    | \{\{[^{}\n]{1,300}\}\} | \#\{[^{}\n]{1,200}\} | <%=?[^%\n]{1,200}%>
    | \{\{resolve:[^{}\n]{1,300}\}\}
    | (?:op|vault|awssm|ssm|secretsmanager|aws-secretsmanager|gcpsm|sm|kms|doppler|ref\+[a-z]+
        |parameterstore|azurekeyvault|akv|secret|file|env)://?[A-Za-z0-9_./@:{}\#?&=+-]{1,400}
    | (?:vault|ssm|secretsmanager|valueFrom|env|file):[A-Za-z_/][A-Za-z0-9_./@:\#-]{1,300}
    | /(?:run|var/run|mnt|etc|app|opt|home|usr|tmp|secrets|config|srv|data|root)
        (?:/[A-Za-z0-9_.@-]{1,60}){1,12}
    """,
    re.VERBOSE,
)
PATH = re.compile(r"/?[A-Za-z0-9_.-]{1,60}(?:/[A-Za-z0-9_.-]{1,60}){1,10}")
PLACEHOLDER_WORDS = frozenset(
    """changeme change changeit change_me change-me changethis please_change placeholder example
    todo tbd fixme dummy fake sample test-key testkey redacted removed hidden masked secret
    mysecret my-secret your-secret yoursecret password passwd yourpassword mypassword insert
    replace replaceme replace_me replace-me fill fillme fill_me none null nil undefined unset
    empty n/a na notset not-set not_set default_secret user:pass username:password user:password
    local localstack minio-dummy foo bar foobar xxx xxxx abc123 string value key token
    """.split()
)
PLACEHOLDER = re.compile(
    r"""<[^<>\n]{1,100}> | \[[A-Za-z_ -]{3,80}\] | __[A-Za-z0-9_]{1,80}__ | @@?[A-Z0-9_]{3,80}@@?
    | (?:your|my|the|insert|enter|replace|change|put|add|set|fill|paste)[-_ ]?(?:your|me|this|in|
        with|here|own|a|the)?[-_ ].{0,80}
    | .{0,60}[-_ ](?:here|goes[-_ ]here|placeholder|changeme|change[-_]me|replace[-_]me)
    | (?:change|replace|fill)[-_ ]?(?:me|this|it|in)\W{0,3}
    | (?:dummy|fake|sample|example|placeholder|test|mock|stub|invalid|todo|fixme|tbd)
        [-_ ](?:[a-z]{2,12}[-_ ]?){1,5}\d{0,3}
    | .{0,40}(?:\.\.\.|…)
    | (.)\1{3,} | (?:xx|XX|\*\*|\.\.|--){2,}[xX*.-]?
    | (?:AKIA|ASIA)[A-Z0-9]{6,9}EXAMPLE | .{10,40}EXAMPLEKEY
    """,
    re.VERBOSE | re.IGNORECASE,
)
CAPS_TOKEN = re.compile(r"[A-Z][A-Z0-9]{1,30}(?:_[A-Z0-9]{1,30}){1,8}")
PLAIN = re.compile(
    r"""(?i:true|false|yes|no|on|off|enabled?|disabled?|always|never|auto|default|optional|required
        |debug|info|warn(?:ing)?|error|trace|production|staging|development|dev|prod|test)
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
HASH = re.compile(
    r"\$(?:2[abxy]|apr1|1|5|6|y|argon2(?:id?|d)|pbkdf2[a-z0-9-]*|scrypt)\$[./A-Za-z0-9$=,+-]{10,200}"
)
LOCAL_HOSTS = ("localhost", "127.", "[::1]", "0.0.0.0", "host.docker.internal")  # noqa: S104 - read, not bound


def entropy(text: str) -> float:
    """Return Shannon's entropy in bits a character, over the first 256 characters."""
    head = text[:256]
    counts = [head.count(c) for c in set(head)]
    return -sum(n / len(head) * math.log2(n / len(head)) for n in counts) if head else 0.0


def is_random(text: str) -> bool:
    """Tell generated text from words, paths and slugs; used only under a telling name."""
    if len(text) < 16 or re.search(r"\s", text[:256]):
        return False
    head = text[:256]
    hexadecimal = all(c in "0123456789abcdefABCDEF-" for c in head)
    kinds = sum(any(test(c) for c in head) for test in (str.islower, str.isupper, str.isdigit))
    if hexadecimal:
        return entropy(head) > 2.5
    longest = max(len(run) for run in re.split(r"[-_./:]", head))
    return kinds >= 2 and entropy(head) > 3.2 and longest >= 12


def is_reference(text: str) -> bool:
    """Say whether the whole value points elsewhere: ARN, variable, template, secret path."""
    return REFERENCE.fullmatch(text) is not None


def is_path(text: str) -> bool:
    """Say whether the value is a path of words (``prod/app/db``), not base64 with slashes."""
    return PATH.fullmatch(text) is not None and not any(
        is_random(part) or (len(part) > 12 and entropy(part) > 3.4 and not part.islower())
        for part in text.split("/")
    )


def is_placeholder(text: str, name: str = "") -> bool:
    """Say whether the value stands for one that somebody was to fill in."""
    low = text.strip().strip("\"'").lower()
    folded = re.sub(r"[\W_]", "", low)
    if folded and name and folded == re.sub(r"[\W_]", "", name.lower()):
        return True
    if low in PLACEHOLDER_WORDS or folded in PLACEHOLDER_WORDS:
        return True
    if CAPS_TOKEN.fullmatch(text) and not any(len(p) > 12 and is_random(p) for p in [text]):
        return True
    return len(text) <= 200 and PLACEHOLDER.fullmatch(text.strip()) is not None


def is_plain(text: str) -> bool:
    """Say whether the value is a switch, a number, a duration or a version."""
    return len(text) <= 100 and PLAIN.fullmatch(text) is not None
