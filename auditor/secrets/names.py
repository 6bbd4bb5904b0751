"""What a variable's name announces: a password, a secret, a key, something public, or nothing."""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from typing import Literal, NamedTuple

Role = Literal["password", "secret", "key", "hint"]
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")


def _plain_letters(name: str) -> str:
    """Drop accents, so that contraseña is read as contrasena."""
    if name.isascii():
        return name
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))


PASSWORDS = frozenset(
    _plain_letters(
        """password passwords passwd passwort passphrase passcode pwd pswd psw pword passwrd
    contrasena contrasenya clave senha motdepasse mdp kennwort wachtwoord parola haslo heslo
    losenord losen salasana adgangskode parool jelszo lozinka sifre geslo himitsu mima parol
    passord adgangsord kodeord slaptazodis katasandi matkhau
    пароль 密码 密碼 パスワード 暗証番号 合言葉 비밀번호 암호
    requirepass masterauth sqlpassword rootpw bindpw adminpw dbpw userpw"""
    ).split()
)
# Passwords as the head of a name only: PASS_THROUGH and PW_REGION announce none.
SHORT_PASSWORDS = frozenset("pass pw psk".split())
SECRETS = frozenset(
    """secret secrets token tokens apikey apikeys apitoken secretkey accesskey privatekey authtoken
    accesstoken refreshtoken authkey appkey masterkey signingkey encryptionkey licensekey
    clientsecret appsecret jwtsecret geheimnis secreto segredo segreto geheim hemmelighet
    licencekey deploykey sharedkey keyphrase seedphrase mnemonic
    requiretoken passkey skey writekey insertkey ingestkey ingestionkey accountkey storagekey
    serverkey sharedaccesskey subscriptionkey functionkey cryptkey securitykey hmackey""".split()
    + _plain_letters("シークレット トークン 密钥 密鑰").split()
)
# These announce a secret only if the value looks generated.
WEAK = frozenset(
    """credential credentials cred creds jwt cookie webhook pat hmac pepper salt signature bearer
    dsn sas otp totp license licence schluessel sleutel llave chave cle klucz kluc avain
    nyckel""".split()
)
HINTS = frozenset("auth authorization authentication login session".split())
# Words that make a following "key" one that opens something.
KEY_PAIRS = frozenset(
    """api secret private access signing sign encryption encrypt decrypt decryption crypto cipher
    aes rsa auth app master license licence shared admin cookie jwt hmac webhook storage
    root security consumer subscription ingest ingestion fernet verification bot rest
    accesskey enc priv user function activation product rpc relay management""".split()
)
# A key of these kinds is a place in a store or a message, not one that opens something.
DATA_KEYS = frozenset(
    """cache partition sort hash range foreign object s3 idempotency row index lookup dedup
    dedupe group grouping map shard composite natural unique candidate surrogate translation i18n
    context config field json column map tag label metric sorting hot shortcut home storage_object
    redis prefix bucket instrumentation feature etcd kv dynamo""".split()
)
ENDINGS: tuple[tuple[str, Role], ...] = (
    ("password", "password"), ("passwd", "password"), ("passphrase", "password"),
    ("passwort", "password"), ("contrasena", "password"), ("pwd", "password"),
    ("pass", "password"),
    ("secret", "secret"), ("token", "secret"), ("apikey", "secret"), ("secretkey", "secret"),
    ("privatekey", "secret"), ("accesskey", "secret"), ("authkey", "secret"),
    ("licensekey", "secret"), ("signingkey", "secret"), ("encryptionkey", "secret"),
)  # fmt: skip
# Words of their own that only end so.
NOT_ENDINGS = frozenset(
    "nonsecret detoken bypass compass trespass surpass overpass underpass encompass lastpass "
    "keepass singlepass multipass onepass twopass webpass chpasswd".split()
)
# Of scripts that set no spaces: the word may stand anywhere in a name.
UNSPACED: tuple[tuple[str, Role], ...] = (
    *((word, "password") for word in sorted(PASSWORDS) if not word.isascii()),
    *((word, "secret") for word in sorted(SECRETS) if not word.isascii()),
)
STARTS: tuple[tuple[str, Role], ...] = (("password", "password"), ("passwd", "password"))
NEUTRAL = frozenset(
    """id ids arn arns name names path paths file files filename url urls uri uris endpoint
    endpoints host hosts hostname hostnames port ports ttl enabled disabled enable disable header
    headers length len size expiry expires expire expiration exp expirations in username usernames
    email emails region regions type types format formats alg algorithm algorithms algo issuer
    iss audience aud prefix prefixes suffix version versions count counter limit limits max min
    timeout timeouts seconds secs sec minutes mins hours days weeks ms millis interval rotation
    policy bucket table realm alias aliases ref reference param parameter params ssm location dir
    directory folder mode field fields column scope scopes age attempts attempt required strategy
    hint domain domains rounds iterations cost lifetime duration period rate check checks validation
    validator regex pattern backend class use using allowed rotate window leeway grant
    response request requests address addresses symbol decimals kind label labels status state level
    threshold validity grace delay retries retry template subject topic queue method flow handler
    driver image digest sha commit fingerprint thumbprint board space spaces stone note
    notes description desc comment title page view route redirect callback uid uuid guid sub
    subdomain tenant environment stage lambda container budget quota usage estimate per
    complexity history feature flag flags option options rule rules index encoder
    symbols characters chars charset alphabet encoding hasher hashers hashing validators
    contract regexp lookup listener plugin
    claim claims cipher ciphers curve bits iteration separator delimiter case style
    exchange schema namespace group groups role roles mount manager
    chain network chainid reminder notification notifications nachricht ending kid stdin fd
    strength score checker cmd command question serializer deserializer classes existing
    script from sender recipient attr attribute attributes""".split()
)
# These end a name without saying anything: what stands before them decides.
QUALIFIERS = frozenset(
    """prod production staging stage stg dev development test testing qa uat live sandbox old new
    next prev previous current primary secondary backup fallback b64 base64 encoded value val str
    string text plain plaintext raw default override local base hex v eu us main
    master slave replica reader writer ro rw env var""".split()
)
# With these at the end only a generated value counts: DB_PASSWORD_USER, JWT_SECRET_REFRESH.
SOFT = frozenset(
    """user users account accounts cache store provider server service client app application
    pool ring reset refresh hash engine vault box owner manager library source target
    encryption encrypted encoded""".split()
)
PUBLIC_START = (
    "NEXT_PUBLIC_", "VITE_", "REACT_APP_", "EXPO_PUBLIC_", "NUXT_PUBLIC_", "NUXT_ENV_PUBLIC_",
    "GATSBY_", "PUBLIC_", "VUE_APP_", "NG_APP_", "STORYBOOK_", "SNOWPACK_PUBLIC_", "WXT_",
    "PLASMO_PUBLIC_", "SVELTE_PUBLIC_", "ANGULAR_PUBLIC_",
)  # fmt: skip
PUBLIC_WORDS = frozenset("public publishable pub pubkey publickey".split())
PUBLIC_PAIRS = frozenset(
    [("client", "key"), ("site", "key"), ("anon", "key"), ("anon", "token"), ("client", "token"),
     ("rum", "token"), ("browser", "key"),
     ("recv", "keys"), ("trusted", "keys"), ("search", "keys"),
     ("authorized", "keys"), ("authorized", "key")]
)  # fmt: skip
SHELL = ("PWD", "OLDPWD")  # the shell's own folders
# Pairs that mean more together than their words do.
TOLD: dict[tuple[str, str], Role] = {
    ("redis", "auth"): "password",
    ("rediscli", "auth"): "password",
    ("valkey", "auth"): "password",
    ("sonar", "login"): "secret",
    ("erlang", "cookie"): "secret",
    ("release", "cookie"): "secret",
    ("seed", "phrase"): "secret",
    ("recovery", "phrase"): "secret",
}
COUNTED = frozenset(
    "max min num number total limit avg mean count per context input output prompt completion "
    "used budget new sample window".split()
)


VOCABULARY = tuple((word,) for word in "eos bos pad unk sep cls stop special".split())


class Name(NamedTuple):
    """What a name announces; ``strong`` tells API_KEY from CACHE_KEY."""

    role: Role | None
    strong: bool  # any literal of some length counts, generated or not
    neutral: bool  # its last word turns the rest off: PASSWORD_MIN_LENGTH
    soft: bool  # its last word leaves only generated values suspicious
    public: bool  # meant to be seen: NEXT_PUBLIC_…, publishable keys
    plain: bool  # a password's name and nothing after it: DB_PASSWORD
    words: tuple[str, ...]

    @property
    def announces(self) -> bool:
        """Whether a literal under this name may be a secret for the name's sake."""
        return self.role is not None and not self.neutral and not self.public


@functools.lru_cache(maxsize=8192)
def judge(name: str) -> Name:
    """Split a name at cases, underscores, dots and dashes and say what it announces."""
    words = tuple(word.lower() for word in WORD.findall(_plain_letters(name[:256])))
    head = _head(words)
    role, strong = (None, False) if name in SHELL else _role(words, head)
    neutral = role is not None and (
        (head in NEUTRAL and not _is_approle(words))
        or words[0] in ("regex", "pattern")
        or "existing" in words  # existingSecret of charts is a secret's name
        or _is_count(words)
    )
    plain = head in PASSWORDS | SHORT_PASSWORDS or _glued(head) == "password"
    return Name(role, strong, neutral, head in SOFT, _is_public(name, words), plain, words)


def _head(words: tuple[str, ...]) -> str:
    """Return the last word that says something; the first one if none does."""
    told = [w for w in words if not w.isdigit() and w not in QUALIFIERS]
    return told[-1] if told else (words[0] if words else "")


def _role(words: tuple[str, ...], head: str) -> tuple[Role | None, bool]:
    if PASSWORDS.intersection(words) or head in SHORT_PASSWORDS or _is_spelled(words):
        return "password", True
    glued = next((role for word in words if (role := _glued(word))), None)
    if glued:
        return glued, True
    if SECRETS.intersection(words):
        return "secret", True
    told = next((TOLD[pair] for pair in itertools.pairwise(words) if pair in TOLD), None)
    if told:
        return told, True
    for before, word in zip(("", *words), words, strict=False):
        if word in ("key", "keys") and before not in DATA_KEYS:
            return "key", before in KEY_PAIRS
    if WEAK.intersection(words) or words[0:1] == ("bundle",):  # Bundler: BUNDLE_HOST__COM=u:p
        return "key", False
    return ("hint", False) if HINTS.intersection(words) else (None, False)


def _glued(word: str) -> Role | None:
    """Read words written together: PGPASSWORD, dbpwd, authtoken, DBパスワード."""
    if not word.isascii():
        return next((role for spelt, role in UNSPACED if spelt in word), None)
    if word.endswith("key") and word[:-3] in KEY_PAIRS:
        return "secret"
    for ending, role in () if word in NOT_ENDINGS else ENDINGS:
        if word.endswith(ending) and len(word) > len(ending):
            return role
    return next((role for start, role in STARTS if word.startswith(start)), None)


def _is_spelled(words: tuple[str, ...]) -> bool:
    """Find passwords of several words: PASS_WORD, MOT_DE_PASSE, PASS_PHRASE."""
    return any(
        pair in (("pass", "word"), ("pass", "phrase"), ("pass", "code"), ("de", "passe"))
        for pair in itertools.pairwise(words)
    )


def _is_approle(words: tuple[str, ...]) -> bool:
    """Say whether a name is that of Vault's secret_id, which logs in with a role_id."""
    return words[-2:] == ("secret", "id") and bool({"vault", "approle"}.intersection(words))


def _is_count(words: tuple[str, ...]) -> bool:
    counted = "tokens" in words and bool(COUNTED.intersection(words))
    # Of a language model's vocabulary, not of a login.
    return counted or (words[-1:] in (("token",), ("tokens",)) and words[-2:-1] in VOCABULARY)


def _is_public(name: str, words: tuple[str, ...]) -> bool:
    return (
        name.upper().startswith(PUBLIC_START)
        or bool(PUBLIC_WORDS.intersection(words))
        or any(pair in PUBLIC_PAIRS for pair in itertools.pairwise(words))
    )
