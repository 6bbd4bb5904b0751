"""Split what definitions refer to: ARNs, image references, secret references, versions."""

from __future__ import annotations

import re
from typing import NamedTuple

from auditor.schema import Scope

ECR_HOST = re.compile(
    r"(?P<account>\d{12})\.dkr[.-]ecr(?:-fips)?[.-](?P<region>[a-z0-9-]+)\."
    r"(?:amazonaws\.com(?:\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn)\Z"
)
MOVING_TAGS = frozenset(
    "latest main master dev develop edge nightly".split()
)  # names that teams move by habit; a tag is never a proof, only a digest is
VERSION = re.compile(r"(\d{1,4})\.(\d{1,3})(?:\.(\d{1,3}))?")


class Arn(NamedTuple):
    """The six fields of an ARN."""

    partition: str
    service: str
    region: str
    account: str
    resource: str


class Image(NamedTuple):
    """An image reference in its parts; ``registry`` is docker.io where none is written."""

    registry: str
    repository: str
    tag: str | None
    digest: str | None
    ecr_account: str | None
    ecr_region: str | None


class SecretReference(NamedTuple):
    """What a ``valueFrom`` names; ``resource`` is the ARN without selectors."""

    service: str  # secretsmanager | ssm
    resource: str
    name: str
    account: str
    region: str
    by_arn: bool
    fields: int
    json_key: str | None = None
    version_stage: str | None = None
    version_id: str | None = None


def split_arn(text: str) -> Arn | None:
    """Return the fields of an ARN, None for other text."""
    fields = text.split(":", 5)
    if len(fields) != 6 or fields[0] != "arn":
        return None
    return Arn(*fields[1:])


def version_number(text: str | None) -> int | None:
    """Return major*1e6 + minor*1e3 + patch of the first version in a text."""
    found = VERSION.search(text or "")
    if not found:
        return None
    major, minor, patch = (int(part or 0) for part in found.groups())
    return major * 1_000_000 + minor * 1_000 + patch


def split_image(reference: str) -> Image:
    """Split ``[registry/]repository[:tag][@digest]`` as container runtimes do."""
    rest, _, digest = reference.partition("@")
    head, slash, tail = rest.partition("/")
    if slash and ("." in head or ":" in head or head == "localhost"):
        registry, path = head, tail
    else:
        registry, path = "docker.io", rest
    name, colon, tag = path.rpartition(":")
    repository = name if colon else path
    ecr = ECR_HOST.match(registry)
    return Image(
        registry,
        repository,
        tag if colon else None,
        digest or None,
        ecr["account"] if ecr else None,
        ecr["region"] if ecr else None,
    )


def split_secret(value_from: str, scope: Scope, *, of_registry: bool = False) -> SecretReference:
    """Split a secret's ``valueFrom``; a bare name is one of the task's own account and region.

    It names a parameter, in ``repositoryCredentials`` (``of_registry``) a Secrets Manager secret
    (API reference, RepositoryCredentials). Secrets Manager ARNs may end in
    ``:json-key:version-stage:version-id``; ``fields`` counts what stands after ``secret:`` so that
    a rule can refuse other shapes.
    """
    arn = split_arn(value_from)
    if arn is None:
        service, kind, name = ("ssm", "parameter/", value_from.lstrip("/"))
        if of_registry:
            service, kind, name = ("secretsmanager", "secret:", value_from)
        owner = f"{service}:{scope.region}:{scope.account_id}"
        return SecretReference(
            service, f"arn:{scope.partition}:{owner}:{kind}{name}", value_from, scope.account_id,
            scope.region, False, 1,
        )  # fmt: skip
    if arn.service == "secretsmanager":
        fields = arn.resource.removeprefix("secret:").split(":")
        base = ":".join(value_from.split(":", 7)[:7])
        selectors = [field or None for field in (*fields[1:4], None, None, None)[:3]]
        return SecretReference(
            arn.service, base, fields[0], arn.account, arn.region, True, len(fields), *selectors
        )
    name = arn.resource.removeprefix("parameter/")
    return SecretReference(arn.service, value_from, name, arn.account, arn.region, True, 1)
