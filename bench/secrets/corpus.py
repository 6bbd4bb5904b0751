"""A labelled corpus of ECS values, made from a seed: no credential stands in the repository."""

from __future__ import annotations

import base64
import gzip
import json
import random
import string
import uuid
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from auditor.secrets.vendors import base62, formats
from bench.secrets.sampler import sample

HALVES = ("dev", "unseen")
HEX = "0123456789abcdef"
ALNUM = string.ascii_letters + string.digits
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


class Entry(NamedTuple):
    """A value with what it is; ``group`` names the kind of case for the report."""

    where: str
    name: str
    value: str | list[str]
    cls: str
    group: str

    @property
    def secret(self) -> bool:
        return self.cls == "secret"


class Words(NamedTuple):
    """What differs between the halves."""

    services: list[str]
    tables: list[str]
    passwords: list[str]  # names
    secrets: list[str]  # names
    keys: list[str]  # names whose key must look generated
    vendors: list[str]  # names of vendors whose credentials have no form of their own
    nouns: list[str]


DEV = Words(
    "orders billing catalog portal gateway".split(),
    "users carts items invoices".split(),
    "DB_PASSWORD POSTGRES_PASSWORD MYSQL_ROOT_PASSWORD REDIS_PASSWORD PGPASSWORD SMTP_PASS "
    "spring.datasource.password dbPassword".split(),
    "JWT_SECRET SECRET_KEY SESSION_SECRET API_TOKEN CLIENT_SECRET apiKey AUTH_TOKEN".split(),
    "DD_API_KEY APP_KEY ENCRYPTION_KEY".split(),
    "TWILIO DATADOG LINKEDIN GOOGLE".split(),
    "river pixel maple tango signal fossil".split(),
)
UNSEEN = Words(
    "ledger kiosk nimbus harbor falcon meteor".split(),
    "shipments tickets devices".split(),
    "KAFKA_SASL_PASSWORD ELASTIC_PASSWORD LDAP_BIND_PASSWORD ADMIN_PASSWD keystorePassword "
    "ROOT_PWD rabbitmq.default.pass CONTRASENA_BD DB_SENHA MOT_DE_PASSE DBPASSWD KENNWORT "
    "DB_PASSWORD_PROD ldapBindPw MONGO_INITDB_ROOT_PASSWORD KEYCLOAK_ADMIN_PASSWORD "
    "SA_PASSWORD FtpPassWord WACHTWOORD HASLO_DB SSH_PASSPHRASE".split(),
    "NEXTAUTH_SECRET COOKIE_SECRET HASURA_GRAPHQL_ADMIN_SECRET DJANGO_SECRET_KEY "
    "webhookSigningSecret RAILS_MASTER_KEY BOT_TOKEN ACCESS_TOKEN REFRESH_TOKEN_SECRET "
    "OIDC_CLIENT_SECRET SECRET_KEY_BASE STRIPE_WEBHOOK_SECRET JWT_SIGNING_KEY ADMIN_API_KEY "
    "HMAC_SECRET KC_CLIENT_SECRET ACCESSTOKEN".split(),
    "LICENSE_KEY FERNET_KEY CIPHER_KEY MEILI_MASTER_KEY SIGNING_KEY PRIVATE_KEY".split(),
    "ALGOLIA PAGERDUTY FASTLY OPSGENIE ZENDESK MIXPANEL CLOUDINARY BUGSNAG ROLLBAR CONTENTFUL "
    "OKTA AUTH0 COINBASE KRAKEN SPOTIFY TRELLO NYTIMES FINNHUB ABUSEIPDB".split(),
    "copper lantern orbit velvet thunder walnut quartz breeze".split(),
)


class Maker:
    """Makes the values of one half."""

    def __init__(self, seed: int, words: Words) -> None:
        self.rng = random.Random(seed)
        self.words = words

    def text(self, length: int, letters: str = ALNUM) -> str:
        return "".join(self.rng.choices(letters, k=length))

    def pick(self, options: list[str] | str) -> str:
        return self.rng.choice(options.split() if isinstance(options, str) else options)

    @property
    def service(self) -> str:
        return self.pick(self.words.services)

    def uuid(self) -> str:
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))

    def number(self, digits: int) -> str:
        return str(self.rng.randrange(10 ** (digits - 1), 10**digits))

    def strong(self) -> str:
        nouns = self.words.nouns
        made: list[Callable[[], str]] = [
            lambda: self.text(self.rng.randint(12, 34)),
            lambda: self.text(self.rng.choice((32, 40, 64)), HEX),
            lambda: self.text(18, ALNUM + "!#%^*_-+") + "7a",
            lambda: f"{self.pick(nouns)}-{self.pick(nouns)}-{self.number(4)}-{self.text(4)}9",
            lambda: base64.b64encode(self.rng.randbytes(24)).decode(),
        ]
        return self.rng.choice(made)()

    def weak(self) -> str:
        nouns = self.words.nouns
        made: list[Callable[[], str]] = [
            lambda: self.pick(nouns) + self.number(3),
            lambda: f"{self.pick(nouns).title()}@{self.number(4)}",
            lambda: self.number(6),
            lambda: "p@ss" + self.pick(nouns),
            lambda: self.pick("admin root postgres guest letmein qwerty sa rootroot"),
            lambda: f"{self.service}_{self.pick('root admin app')}",
        ]
        return self.rng.choice(made)()

    def token(self) -> str:
        """Return a generated token in a form that no vendor claims."""
        return self.rng.choice(
            (self.text(32, HEX), self.text(40), self.uuid(), self.text(64, HEX), self.text(28))
        )


def corpus(seed: int = 7, size: int = 40) -> dict[str, list[Entry]]:
    """Return the entries by half; ``size`` is how many times each maker of entries runs."""
    made = {}
    for number, (half, words) in enumerate(zip(HALVES, (DEV, UNSEEN), strict=True)):
        maker = Maker(seed * 100 + number, words)
        made[half] = [entry for make in MAKERS for _ in range(size) for entry in make(maker)]
        made[half] += list(_vendors(maker, number))
        maker.rng.shuffle(made[half])
    return made


def _env(name: str, value: str, cls: str, group: str) -> Entry:
    return Entry("environment", name, value, cls, group)


def passwords(m: Maker) -> Iterator[Entry]:
    name = m.pick(m.words.passwords)
    yield _env(name, m.strong(), "secret", "strong password")
    yield _env(m.pick(m.words.passwords), m.weak(), "secret", "weak password")


def secrets(m: Maker) -> Iterator[Entry]:
    yield _env(m.pick(m.words.secrets), m.token(), "secret", "named secret")
    yield _env(m.pick(m.words.keys), m.token(), "secret", "named key")
    ending = m.pick("API_KEY TOKEN API_TOKEN KEY SECRET ACCESS_KEY AUTH_TOKEN")
    yield _env(f"{m.pick(m.words.vendors)}_{ending}", m.token(), "secret", "vendor by name")


def structures(m: Maker) -> Iterator[Entry]:
    user, host, secret = m.service, f"{m.service}.internal", m.text(16)
    plain = [
        f"{m.pick('postgresql mysql mongodb+srv redis amqps https')}://{user}:{secret}@{host}/app",
        f"Server={host},1433;Database=app;User Id=sa;Password={secret};Encrypt=True",
        f"host={host} port=5432 user={user} password={secret} dbname=app",
        f"jdbc:mysql://{host}:3306/app?user={user}&password={secret}",
        f"Basic {base64.b64encode(f'{user}:{secret}'.encode()).decode()}",
        f"Bearer {m.text(40)}",
        json.dumps({"host": host, "username": user, "password": secret}),
        f"{user}/{secret}@{host}:1521/ORCL",
        f"jdbc:oracle:thin:{user}/{secret}@{host}:1521:ORCL",
        f"{user}:{secret}@tcp({host}:3306)/app?parseTime=true",
        f"Driver={{ODBC Driver 17}};Server={host};Uid=sa;PWD={secret}",
        f"Authorization=Basic%20{base64.b64encode(f'{user}:{secret}'.encode()).decode()}",
        f"https://chat.{host}/hooks/{m.text(26)}",
        f"[OUTPUT]\n    Name es\n    HTTP_Passwd {secret}7\n",
        f"CREATE ROLE {user} LOGIN PASSWORD '{secret}'",
        json.dumps({"kty": "EC", "crv": "P-256", "d": m.text(43)}),
        f"wss://{host}/ws?access_token={m.text(40, HEX)}",
        base64.b64encode(json.dumps({"db": {"password": secret, "user": user}}).encode()).decode(),
        f"-Xmx512m -Ddb.password={secret} -Dport=80",
        _jwt(m),
        _pem(m),
        f"AK{'IA'}{m.text(16, BASE32)}:{m.text(40)}",
    ]
    name = m.pick("CONFIG EXTRA VALUE1 DATABASE_URL SETTINGS UPSTREAM OPTS CONN")
    yield _env(name, m.rng.choice(plain), "secret", "structure")


def _jwt(m: Maker) -> str:
    parts = [{"alg": "HS256", "typ": "JWT"}, {"sub": m.text(8), "iat": int(m.number(9))}]
    head, body = (base64.urlsafe_b64encode(json.dumps(p).encode()).decode() for p in parts)
    return f"{head.rstrip('=')}.{body.rstrip('=')}.{m.text(43)}"


def _pem(m: Maker) -> str:
    kind = m.pick(["RSA ", "EC ", "", "OPENSSH "]) + "PRIVATE" + " KEY"
    body = "\n".join(m.text(64) for _ in range(4))
    return f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----"


def _vendors(m: Maker, half: int) -> Iterator[Entry]:
    """Yield every second format of the table, under a harmless name and under a telling one."""
    for form in formats()[half::2]:
        token = _token(m, form.pattern.pattern, form.checksum)
        cls, group = ("harmless", "public key") if form.public else ("secret", "vendor format")
        yield _env(m.pick("VALUE1 EXTRA INTEGRATION APP_CONFIG"), token, cls, group)


def _token(m: Maker, pattern: str, checksum: str) -> str:
    token = sample(pattern, m.rng)
    if checksum == "crc32":
        prefix, _, rest = token.partition("_")
        body = rest[:-6]
        return f"{prefix}_{body}{base62(zlib.crc32(body.encode())).rjust(6, '0')}"
    return token


def placeholders(m: Maker) -> Iterator[Entry]:
    name = m.pick(m.words.passwords + m.words.secrets)
    forms = (
        "changeme CHANGE_ME change-me ChangeMe123 REPLACE_ME replace-with-real-value TODO tbd xxx "
        "xxxxxxxx ******** <password> <your-secret-here> [your-token] {PASSWORD} YOUR_API_KEY "
        "your-api-key-here placeholder dummy dummy-value example example-secret none null n/a "
        "insert-key-here __SECRET__ @@TOKEN@@ sk-... fixme to-be-replaced not-set redacted "
        "set-by-terraform please-change-me fake-token FILL_ME_IN"
    ).split()
    forms += [name, name.lower(), f"<{name}>", "enter your password", "0" * 16, "****REDACTED****"]
    yield _env(name, m.pick(forms), "placeholder", "placeholder")
    filler = "AK" + "IA" + "IOSFODNN7" + "EXAMPLE"
    yield _env("AWS_ACCESS_KEY_ID", filler, "placeholder", "placeholder")


def references(m: Maker) -> Iterator[Entry]:
    name = m.pick(m.words.passwords + m.words.secrets)
    region, account = m.pick("eu-west-1 us-gov-west-1 cn-north-1"), m.number(12)
    partition = {"us-gov-west-1": "aws-us-gov", "cn-north-1": "aws-cn"}.get(region, "aws")
    forms = [
        f"arn:{partition}:secretsmanager:{region}:{account}:secret:prod/{m.service}-{m.text(6)}",
        f"arn:{partition}:ssm:{region}:{account}:parameter/{m.service}/db",
        f"/{m.pick('prod stg dev')}/{m.service}/db/password", f"${{{name.upper()}}}", "$DB_PASSWORD",
        "{{resolve:secretsmanager:prod/app:SecretString:key}}", f"/run/secrets/{m.service}",
        "{{ .Values.db.password }}", "${{ secrets.TOKEN }}", f"op://prod/{m.service}/password",
        f"vault:secret/data/{m.service}#password", f"ssm:///{m.service}/db", "%DB_PASSWORD%",
        "!Ref DbPassword", "var.db_password", "{{ lookup('env', 'X') }}", "process.env.TOKEN",
        f"projects/acme/secrets/{m.service}/versions/latest", "#{DB_PASSWORD}#", "$(DB_PASSWORD)",
        f"awsparamstore:///{m.service}/token", "<%= ENV['TOKEN'] %>",
    ]  # fmt: skip
    yield _env(name, m.rng.choice(forms), "reference", "reference")


def traps(m: Maker) -> Iterator[Entry]:
    """Yield what looks secret by name or letters and is not."""
    pairs = [
        ("GIT_SHA", m.text(40, HEX)), ("TENANT_ID", m.uuid()), ("KEY_ID", m.uuid()),
        ("MAX_TOKENS", m.number(4)), ("TOKEN_TTL_SECONDS", "3600"), ("PASSWORD_MIN_LENGTH", "12"),
        ("AUTH_URL", f"https://auth.{m.service}.io/oauth/token"), ("TOKEN_TYPE", "Bearer"),
        ("CACHE_KEY", f"{m.service}:list"), ("PARTITION_KEY", "tenant_id"), ("SORT_KEY", "createdAt"),
        ("S3_KEY_PREFIX", "uploads/2024/"), ("SSH_KEY_NAME", "ops-key"), ("USE_SECRETS", "true"),
        ("SECRETS_BACKEND", "airflow.providers.amazon.SecretsManagerBackend"),
        ("PASSWORD_RESET_URL", f"https://{m.service}.io/reset"), ("JWT_ALGORITHM", "RS256"),
        ("JWT_EXPIRES_IN", "7d"), ("COOKIE_NAME", f"{m.service}_session"), ("JWT_ISSUER", m.service),
        ("API_KEY_HEADER", "X-Api-Key"), ("AUTH_METHOD", "password"), ("PASS_THROUGH", "enabled"),
        ("TOKENIZERS_PARALLELISM", "false"), ("COGNITO_CLIENT_ID", m.text(26, HEX)),
        ("CLOUDFRONT_ID", "E" + m.text(13).upper()), ("IMAGE_DIGEST", "sha256:" + m.text(64, HEX)),
        ("CREDENTIALS_FILE", "/app/creds.json"), ("KEYSPACE", m.service), ("MONKEY", "banana"),
        ("CORS_ALLOW_CREDENTIALS", "true"), ("SECRET_NAME", f"prod-{m.service}-db"),
        ("NEXT_PUBLIC_API_KEY", m.text(32)), ("PUBLIC_KEY", "ssh-rsa AAAA" + m.text(120)),
        ("PASSWORD_ENCRYPTION", "scram-sha-256"), ("TOKEN_ISSUER", f"https://{m.service}.io"),
        ("S3_BUCKET", f"{m.service}-assets-{m.text(12, HEX)}"), ("CSRF_COOKIE_SECURE", "true"),
        ("KEYCLOAK_REALM", m.service), ("API_KEY_ID", m.text(10)), ("TOKEN_ADDRESS", "0x" + m.text(40, HEX)),
        ("SECRET_ROTATION_DAYS", "30"), ("PWD", f"/srv/{m.service}"), ("ROUTING_KEY", f"{m.service}.created"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-team=" + m.service), ("PASSWORD_POLICY", "strict"),
    ]  # fmt: skip
    name, value = m.rng.choice(pairs)
    yield _env(name, value, "reference" if name == "CREDENTIALS_FILE" else "harmless", "trap")


def ordinary(m: Maker) -> Iterator[Entry]:
    pairs = [
        ("PORT", m.number(4)), ("LOG_LEVEL", "info"), ("AWS_REGION", "eu-west-1"),
        ("DB_HOST", f"{m.service}-db.internal"), ("DB_USER", f"{m.service}_app"), ("TZ", "Asia/Seoul"),
        ("SQS_URL", f"https://sqs.eu-west-1.amazonaws.com/{m.number(12)}/{m.service}"),
        ("JAVA_OPTS", "-Xms256m -Xmx768m"), ("TABLE_NAME", f"{m.service}-{m.pick(m.words.tables)}"),
        ("FROM_EMAIL", f"no-reply@{m.service}.io"), ("VERSION", "3.11.2"), ("DEBUG", "false"),
        ("ALLOWED_HOSTS", f"{m.service}.io,www.{m.service}.io"), ("WORKERS", "4"),
        ("NODE_OPTIONS", "--max-old-space-size=4096 --enable-source-maps"), ("TIMEOUT", "30s"),
        ("GREETING", "Welcome to the shop: please log in"), ("KAFKA_BROKERS", "b-1.kafka:9092,b-2:9092"),
        ("FEATURES", '{"beta": true, "limits": {"max_tokens": 500}}'), ("CRON", "0 5 * * 1"),
        ("PATTERN", "^[a-z0-9._%+-]+@[a-z]+$"), ("DD_TAGS", f"env:prod,team:{m.service}"),
    ]  # fmt: skip
    for _ in range(3):
        yield _env(*m.rng.choice(pairs), "harmless", "ordinary")


def commands(m: Maker) -> Iterator[Entry]:
    where, s = m.pick("command entryPoint healthCheck"), m.strong().replace("'", "")
    w = m.text(12)
    lines = [
        ["redis-server", "--requirepass", w], ["./app", "--db-password", s], ["./app", f"--api-key={m.token()}"],
        ["sh", "-c", f"mysql -h db -uroot -p{w} app < /init.sql"], ["CMD-SHELL", f"redis-cli -a {w} ping"],
        ["CMD-SHELL", f"curl -fsS -u admin:{w} http://localhost/health || exit 1"],
        ["sh", "-c", f"export DB_PASSWORD={w} && exec ./run"], ["env", f"API_TOKEN={m.token()}", "node", "x.js"],
        ["sh", "-c", f"PGPASSWORD={w} pg_dump -h db app"], ["java", f"-Dspring.datasource.password={w}", "-jar", "a.jar"],
        ["sh", "-c", f"curl -s -H 'Authorization: Bearer {m.text(40)}' https://api.{m.service}.io"],
        ["sh", "-c", f'curl -H "X-Api-Key: {m.text(32)}" https://api.{m.service}.io/boot'],
        ["sh", "-c", f"docker login -u ci -p {w} registry.{m.service}.io"],
        ["sh", "-c", f"echo {w} | docker login -u ci --password-stdin registry.{m.service}.io"],
        ["celery", "-b", f"amqp://app:{w}@mq:5672//", "worker"], ["sshpass", "-p", w, "ssh", "deploy@host"],
        ["sh", "-c", f"rabbitmqctl add_user app {w}"], ["mongodump", "-u", "root", "-p", w, "--host", "db"],
        ["sqlcmd", "-S", "db", "-U", "sa", "-P", w, "-Q", "select 1"], ["etcdctl", "--user", f"root:{w}", "get", "x"],
        ["sh", "-c", f"echo 'root:{w}' | chpasswd"], ["ldapsearch", "-D", "cn=admin", "-w", w],
        ["helm", "install", "x", "--set", f"db.password={w}"], ["wget", f"--password={w}", "ftp://host/file"],
        ["sh", "-c", f"aws configure set aws_secret_access_key {m.text(40)}"], ["bin/start", "--token", m.token()],
        ["sh", "-c", f"git clone https://oauth2:{m.text(26)}@gitlab.com/x/y.git"], ["openssl", "enc", "-k", w],
    ]  # fmt: skip
    yield Entry(where, where, m.rng.choice(lines), "secret", "command")
    clean = [
        ["node", "server.js"], ["/entrypoint.sh"], ["redis-server", "--requirepass", "$REDIS_PASSWORD"],
        ["CMD-SHELL", f"curl -f http://localhost:{m.number(4)}/health || exit 1"], ["docker", "run", "-p", "80:80", "nginx"],
        ["sh", "-c", 'mysql -h db -uroot -p"$MYSQL_ROOT_PASSWORD" < /x.sql'], ["psql", "-h", "db", "-p", "5432"],
        ["CMD-SHELL", "mysqladmin ping -h localhost -u root -p$MYSQL_ROOT_PASSWORD || exit 1"], ["ssh", "-p", "2222", "h"],
        ["./app", "--password-file", "/run/secrets/db"], ["sh", "-c", "mkdir -p /data && exec ./run"],
        ["sh", "-c", 'curl -H "Authorization: Bearer $TOKEN" https://x.io'], ["app", "--token-url", "https://x.io/token"],
        ["sh", "-c", "export DB_PASSWORD=$(aws ssm get-parameter --name /x --query Parameter.Value)"],
        ["gunicorn", "-w", "4", "-b", "0.0.0.0:80", "app:app"], ["redis-cli", "-h", "cache", "-p", "6379", "ping"],
        ["vault", "kv", "get", "-field=password", "secret/app"], ["./app", "--secret-name", f"prod/{m.service}"],
        ["nginx", "-g", "daemon off;"], ["java", "-jar", "app.jar", "--spring.profiles.active=prod"],
        ["CMD-SHELL", "pg_isready -U postgres -d app"], ["openssl", "enc", "-pass", "env:KEY"],
        ["sh", "-c", "echo $PASS | docker login --password-stdin r.io"], ["kubectl", "get", "secret", "db-credentials"],
    ]  # fmt: skip
    where = m.pick("command entryPoint healthCheck")
    yield Entry(where, where, m.rng.choice(clean), "harmless", "command")


def options(m: Maker) -> Iterator[Entry]:
    found = [
        ("splunk-token", m.uuid()), ("apikey", m.text(32, HEX)), ("http_Passwd", m.text(14)),
        ("license_key", m.text(40, HEX)), ("Shared_Key", base64.b64encode(m.rng.randbytes(64)).decode()),
        ("rdkafka.sasl.password", m.text(16)), ("cloud_auth", f"elastic:{m.text(20)}"),
        ("Header", f"Authorization Bearer {m.text(36)}"), ("header", f"X-Api-Key {m.text(36)}"),
        ("URI", f"/v1/input?dd-api-key={m.text(32, HEX)}"), ("tls.key_passwd", m.text(12)),
        ("loggly-token", m.uuid()), ("splunk_token", m.uuid()), ("Header", f"Authorization Splunk {m.uuid()}"),
    ]  # fmt: skip
    yield Entry("logOptions", *m.rng.choice(found), "secret", "log option")
    clean = [
        ("awslogs-group", f"/ecs/{m.service}"), ("awslogs-region", "eu-west-1"), ("Name", "datadog"),
        ("splunk-url", "https://splunk.example.com:8088"), ("Host", "http-intake.logs.datadoghq.com"),
        ("http_User", m.service), ("cloud_id", "prod:" + m.text(40)),
        ("tls", "On"), ("retry_limit", "2"), ("AWS_Auth", "On"),
        ("fluentd-address", "localhost:24224"), ("Customer_ID", m.uuid()), ("env-regex", "^(APP|OS)_"),
    ]  # fmt: skip
    yield Entry("logOptions", *m.rng.choice(clean), "harmless", "log option")


def labels(m: Maker) -> Iterator[Entry]:
    where = m.pick("dockerLabels tags")
    found = [
        (f"com.{m.service}.api-token", m.token()), ("com.datadoghq.ad.instances",
         json.dumps([{"host": "%%host%%", "password": m.text(12)}])), ("backup.password", m.strong()),
        ("webhook", "https://hooks." + "slack.com/services/T" + m.text(8).upper() + "/B" + m.text(8).upper()
         + "/" + m.text(24)),
    ]  # fmt: skip
    yield Entry(where, *m.rng.choice(found), "secret", "label")
    clean = [
        ("team", m.service), ("traefik.enable", "true"), ("org.opencontainers.image.revision", m.text(40, HEX)),
        ("com.datadoghq.ad.instances", '[{"host": "%%host%%", "password": "%%env_DB_PASS%%"}]'),
        ("traefik.http.routers.x.rule", f"Host(`{m.service}.io`)"), ("cost-center", m.number(5)),
        ("image.digest", "sha256:" + m.text(64, HEX)), ("secret-store", "aws"),
    ]  # fmt: skip
    yield Entry(where, *m.rng.choice(clean), "harmless", "label")


def user_data(m: Maker) -> Iterator[Entry]:
    head = f"#!/bin/bash\necho ECS_CLUSTER={m.service} >> /etc/ecs/ecs.config\n"
    auth = base64.b64encode(f"{m.service}:{m.text(16)}".encode()).decode()
    lines = [
        f"export AWS_SECRET_ACCESS_KEY={m.text(40)}", f"echo 'DB_PASSWORD={m.text(12)}' >> /etc/app.env",
        "echo 'ECS_ENGINE_AUTH_DATA=" + json.dumps({"https://index.docker.io/v1/": {"auth": auth}})
        + "' >> /etc/ecs/ecs.config",
        f"mysql -u root -p{m.text(12)} < /x.sql", f"curl -u svc:{m.text(14)} https://repo.io/a.sh | sh",
        f"cat > /etc/app.yml <<EOF\napp:\n  password: {m.text(10)}7\nEOF",
        f"echo 'ec2-user:{m.text(12)}' | chpasswd", f'aws configure set aws_secret_access_key "{m.text(40)}"',
        f"pip install --extra-index-url https://ci:{m.text(20)}@pypi.{m.service}.io/simple x",
        _pem(m),
    ]  # fmt: skip
    power = f'<powershell>\n$env:DB_PASSWORD = "{m.text(14)}"\n</powershell>'
    text = m.rng.choice([head + m.rng.choice(lines), head + m.rng.choice(lines), power])
    yield Entry("userData", "userData", _packed(m, text), "secret", "user data")
    clean = [
        head, head + "yum install -y amazon-ssm-agent\nsystemctl enable --now ecs",
        head + "TOKEN=$(curl -X PUT http://169.254.169.254/latest/api/token)\ncurl -H \"X-aws-ec2-metadata-token: $TOKEN\" x",
        head + "export DB_PASSWORD=$(aws secretsmanager get-secret-value --secret-id prod/db --query SecretString)",
        head + "echo ECS_ENGINE_AUTH_TYPE=dockercfg >> /etc/ecs/ecs.config", "[settings.ecs]\ncluster = \"x\"",
        "#cloud-config\npackages: [jq]\nssh_authorized_keys:\n  - ssh-rsa AAAA" + m.text(200) + " ops",
    ]  # fmt: skip
    yield Entry("userData", "userData", _packed(m, m.rng.choice(clean)), "harmless", "user data")


def _packed(m: Maker, text: str) -> str:
    mime = (
        'Content-Type: multipart/mixed; boundary="B"\nMIME-Version: 1.0\n\n--B\n'
        f"Content-Type: text/x-shellscript\n\n{text}\n--B--\n"
    )
    return m.rng.choice(
        [
            lambda: text,
            lambda: base64.b64encode(text.encode()).decode(),
            lambda: base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode(),
            lambda: base64.b64encode(mime.encode()).decode(),
        ]
    )()


MAKERS = (
    passwords, secrets, structures, placeholders, references, traps, ordinary, commands, options,
    labels, user_data,
)  # fmt: skip
