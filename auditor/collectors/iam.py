"""IAM roles, their policies and instance profiles: one paged call for the whole account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auditor.collectors.base import Call, Collector
from auditor.collectors.policies import text_of
from auditor.collectors.reader import Reader
from auditor.collectors.tags import TAGS, tag_rows
from auditor.schema import Column, Item, Row, Scope, Table, dig, items

C = Column
ROLES = Table(
    "iam_roles",
    "One row per IAM role of the account.",
    (
        C("role_arn", "VARCHAR", "ARN.", "Arn"),
        C("role_name", "VARCHAR", "Name.", "RoleName"),
        C("path", "VARCHAR", "Path; /aws-service-role/ for service-linked roles.", "Path"),
        C("created_at", "TIMESTAMP", "Time of creation.", "CreateDate"),
        C(
            "permissions_boundary_arn",
            "VARCHAR",
            "Policy that bounds it.",
            "PermissionsBoundary.PermissionsBoundaryArn",
        ),
        C("trust_document", "VARCHAR", "Who may assume it, as JSON text."),
    ),
    "content",
    "role_arn",
)
ROLE_USE = Table(
    "iam_role_usage",
    "One row per role: when AWS last saw it used.",
    (
        C("role_arn", "VARCHAR", "Role.", "Arn"),
        C(
            "last_used_at",
            "TIMESTAMP",
            "Last use; NULL = none within AWS's tracking period.",
            "RoleLastUsed.LastUsedDate",
        ),
        C("last_used_region", "VARCHAR", "Region of the last use.", "RoleLastUsed.Region"),
    ),
)
ROLE_POLICIES = Table(
    "iam_role_policies",
    "One row per inline or attached policy of a role.",
    (
        C("role_arn", "VARCHAR", "Role."),
        C("policy_name", "VARCHAR", "Policy name."),
        C("kind", "VARCHAR", "inline, managed or boundary."),
        C("policy_arn", "VARCHAR", "ARN of a managed policy, NULL for an inline one."),
        C("document", "VARCHAR", "Inline policy as JSON text."),
    ),
    "content",
    "role_arn",
)
POLICIES = Table(
    "iam_policies",
    "One row per managed policy that the account holds or attaches, in its default version.",
    (
        C("policy_arn", "VARCHAR", "ARN.", "Arn"),
        C("policy_name", "VARCHAR", "Name.", "PolicyName"),
        C(
            "is_aws_managed",
            "BOOLEAN",
            "Published by AWS.",
            lambda item: str(item.get("Arn")).split(":")[4:5] == ["aws"],
        ),
        C("default_version", "VARCHAR", "Version in force.", "DefaultVersionId"),
        C("updated_at", "TIMESTAMP", "Time of the last change.", "UpdateDate"),
        C("document", "VARCHAR", "The version in force as JSON text."),
    ),
    "content",
    "policy_arn",
)
PROFILES = Table(
    "instance_profiles",
    "One row per instance profile and the role in it.",
    (
        C("instance_profile_arn", "VARCHAR", "ARN.", "Arn"),
        C("instance_profile_name", "VARCHAR", "Name.", "InstanceProfileName"),
        C("role_arn", "VARCHAR", "Role that instances get."),
    ),
)
DETAILS = Call(
    "iam",
    "GetAccountAuthorizationDetails",
    "RoleDetailList",
    ("MaxItems", 1000),
    ("Marker", "Marker"),
    key="Arn",
    more=("Policies", "UserDetailList", "GroupDetailList"),
    fixed={"Filter": ["Role", "LocalManagedPolicy", "AWSManagedPolicy"]},
)


def role_rows(scope: Scope, role: Item, masker: Any) -> Iterator[tuple[Table, Row]]:
    """Explode one role."""
    arn = role["Arn"]
    trust = text_of(role.get("AssumeRolePolicyDocument"))
    yield ROLES, ROLES.row(scope, role, trust_document=trust)
    yield ROLE_USE, ROLE_USE.row(scope, role)
    for policy in items(role.get("RolePolicyList")):
        yield _policy(
            scope,
            arn,
            policy.get("PolicyName"),
            "inline",
            None,
            text_of(policy.get("PolicyDocument")),
        )
    for policy in items(role.get("AttachedManagedPolicies")):
        yield _attached(scope, arn, policy.get("PolicyArn"), policy.get("PolicyName"), "managed")
    boundary = dig(role, "PermissionsBoundary.PermissionsBoundaryArn")
    if boundary:
        yield _attached(scope, arn, boundary, None, "boundary")
    for profile in items(role.get("InstanceProfileList")):
        yield PROFILES, PROFILES.row(scope, profile, role_arn=arn)
    yield from tag_rows(scope, arn, "role", role.get("Tags"), masker)


def _attached(scope: Scope, role: str, policy: Any, name: Any, kind: str) -> tuple[Table, Row]:
    # Some answers leave the name out: the ARN ends in it.
    return _policy(scope, role, name or str(policy).rsplit("/", 1)[-1], kind, policy, None)


def _policy(
    scope: Scope, role: str, name: Any, kind: str, arn: Any, document: str | None
) -> tuple[Table, Row]:
    given = {"role_arn": role, "policy_name": name, "kind": kind, "policy_arn": arn}
    return ROLE_POLICIES, ROLE_POLICIES.row(scope, {}, **given, document=document)


def policy_rows(scope: Scope, policy: Item) -> Iterator[tuple[Table, Row]]:
    """Map one managed policy in its default version."""
    default = policy.get("DefaultVersionId")
    versions = {v.get("VersionId"): v for v in items(policy.get("PolicyVersionList"))}
    chosen = versions.get(default) or next(
        (v for v in versions.values() if v.get("IsDefaultVersion")), {}
    )
    document = text_of(chosen.get("Document"))
    yield POLICIES, POLICIES.row(scope, policy, document=document)


def collect(reader: Reader) -> Iterator[tuple[Table, Row]]:
    """Read roles, managed policies and instance profiles page by page."""
    for answer in reader.pages(DETAILS):
        roles = answer.get("RoleDetailList")
        yield from reader.map(
            DETAILS, items(roles), lambda r: role_rows(reader.scope, r, reader.masker)
        )
        policies = items(answer.get("Policies"))
        yield from reader.map(DETAILS, policies, lambda p: policy_rows(reader.scope, p))


COLLECTOR = Collector(
    (ROLES, ROLE_USE, ROLE_POLICIES, POLICIES, PROFILES, TAGS),
    (DETAILS,),
    collect,
    level="account",
)
