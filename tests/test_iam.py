"""IAM decisions with hand-checked expectations, risk classes in both directions, properties."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.analyses.iam import decide, judge_role
from auditor.analyses.iam.patterns import contains, matches, overlaps

QUEUE = "arn:aws:sqs:eu-west-1:111122223333:web"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}},
        }
    ],
}


def document(*statements: dict[str, Any], version: str = "2012-10-17") -> dict[str, Any]:
    return {"Version": version, "Statement": list(statements)}


def allow(action: Any = "sqs:SendMessage", resource: Any = QUEUE, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any = "sqs:*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def when(operator: str, key: str, value: Any) -> dict[str, Any]:
    return {"Condition": {operator: {key: value}}}


CASES = [
    ([allow()], "allow"),
    ([], "invalid"),
    ([allow("sqs:Send*")], "allow"),
    ([allow("SQS:sendmessage")], "allow"),
    ([allow("sqs:Receive*")], "deny"),
    ([allow(resource="arn:aws:sqs:*:*:web")], "allow"),
    ([allow(resource="arn:aws:sqs:eu-west-1:111122223333:WEB")], "deny"),
    ([allow(resource="arn:aws:sqs:eu-west-1:111122223333:we?")], "allow"),
    ([allow("*", "*"), deny()], "deny"),
    ([allow("*", "*"), deny("s3:*")], "allow"),
    ([{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}], "allow"),
    ([{"Effect": "Allow", "NotAction": "sqs:*", "Resource": "*"}], "deny"),
    ([{"Effect": "Allow", "Action": "sqs:*", "NotResource": QUEUE}], "deny"),
    ([allow(**when("StringEquals", "aws:SourceVpce", "vpce-1"))], "unknown"),
    ([allow(), deny(**when("StringEquals", "aws:SourceVpce", "vpce-1"))], "unknown"),
    ([allow(), deny(**when("Bool", "aws:SecureTransport", "false"))], "allow"),
    ([allow(**when("Bool", "aws:SecureTransport", "true"))], "allow"),
    ([allow(**when("StringEquals", "aws:username", "bob"))], "deny"),
    ([allow(**when("Null", "aws:username", "true"))], "allow"),
    ([allow(**when("StringNotEquals", "aws:username", "bob"))], "allow"),
    ([allow(**when("StringEqualsIfExists", "aws:username", "bob"))], "allow"),
    ([allow(**when("Strange", "aws:x", "1"))], "unknown"),
    ([allow(resource="arn:aws:sqs:eu-west-1:111122223333:${aws:username}")], "deny"),
    ([allow(resource="arn:aws:sqs:eu-west-1:111122223333:${aws:PrincipalTag/q}")], "unknown"),
    ([{"Effect": "allow", "Action": "sqs:*", "Resource": "*"}], "invalid"),
    ([{"Effect": "Allow", "Action": "sqs:*"}], "invalid"),
    ([{"Effect": "Allow", "Resource": "*"}], "invalid"),
    ([{"Effect": "Allow", "Action": "s*:SendMessage", "Resource": "*"}], "invalid"),
    ([{"Effect": "Allow", "Action": "sqs:*", "NotAction": "s3:*", "Resource": "*"}], "invalid"),
]


@pytest.mark.parametrize(("statements", "expected"), CASES)
def test_decide(statements: list[dict[str, Any]], expected: str) -> None:
    assert decide([document(*statements)], "sqs:SendMessage", QUEUE) == expected


KNOWN = [
    ("StringEquals", "a", "a", True),
    ("StringEquals", "a", "A", False),
    ("StringEqualsIgnoreCase", "a", "A", True),
    ("StringLike", "web-1", "web-*", True),
    ("StringNotLike", "web-1", "web-*", False),
    ("NumericLessThan", "3", "4", True),
    ("NumericGreaterThanEquals", "3", "4", False),
    ("Bool", "true", "true", True),
    ("IpAddress", "10.0.0.7", "10.0.0.0/24", True),
    ("NotIpAddress", "10.0.0.7", "10.0.0.0/24", False),
    ("ArnLike", "arn:aws:s3:::a", "arn:aws:s3:::*", True),
    ("DateGreaterThan", "2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z", True),
    ("ForAnyValue:StringEquals", ["a", "b"], ["b"], True),
    ("ForAllValues:StringEquals", ["a", "b"], ["b"], False),
    ("ForAllValues:StringEquals", ["b"], ["a", "b"], True),
]


@pytest.mark.parametrize(("operator", "have", "want", "holds"), KNOWN)
def test_known_conditions(operator: str, have: Any, want: Any, holds: bool) -> None:
    policy = document(allow(**when(operator, "aws:Test", want)))
    answer = decide([policy], "sqs:SendMessage", QUEUE, context={"AWS:test": have})
    assert answer == ("allow" if holds else "deny")


def test_boundary_intersects_and_text_forms_are_taken() -> None:
    import json
    from urllib.parse import quote

    wide = quote(json.dumps(document(allow("*", "*"))))
    assert decide([wide], "sqs:SendMessage", QUEUE) == "allow"
    assert decide([wide], "sqs:SendMessage", QUEUE, boundary=document(allow("s3:*", "*"))) == "deny"
    with pytest.raises(ValueError, match="list"):
        decide("x", "a:b", "*")  # type: ignore[arg-type]


def judged(*statements: dict[str, Any], kind: str = "task", trust: Any = TRUST) -> dict[str, str]:
    return judge_role(
        {
            "kind": kind,
            "account": "111122223333",
            "region": "eu-west-1",
            "trust": trust,
            "policies": [{"name": "p", "document": document(*statements)}],
        }
    )


ROLES = [
    ("ADMIN", allow("*", "*"), allow("*", "arn:aws:s3:::web/*")),
    ("SERVICE_WILDCARD", allow("s3:*", "*"), allow("s3:*", "arn:aws:s3:::web/*")),
    ("PRIV_ESC", allow("iam:PutRolePolicy", "*"),
     allow("iam:PutRolePolicy", "arn:aws:iam::111122223333:role/x")),
    ("PASSROLE_OPEN", allow("iam:PassRole", "arn:aws:iam::111122223333:role/*"),
     allow("iam:PassRole", "*", **when("StringEquals", "iam:PassedToService", "ecs-tasks.amazonaws.com"))),
    ("ASSUME_ANY", allow("sts:AssumeRole", "*"),
     allow("sts:AssumeRole", "arn:aws:iam::111122223333:role/reader")),
    ("DATA_EXFIL", allow("s3:GetObject", "arn:aws:s3:::*"), allow("s3:GetObject", "arn:aws:s3:::a/*")),
    ("CREDENTIALS_EXPOSURE", allow("iam:CreateAccessKey", "*"), allow("ecr:GetAuthorizationToken", "*")),
    ("ECS_EXEC_ANY", allow("ecs:ExecuteCommand", "*"),
     allow("ecs:ExecuteCommand", "arn:aws:ecs:eu-west-1:111122223333:cluster/a")),
    ("ECS_AGENT_IMPERSONATION", allow("ecs:Poll", "*"), allow("ecs:ListTasks", "*")),
    ("ECS_NO_CLUSTER_SCOPE", allow("ecs:RunTask", "*"),
     allow("ecs:RunTask", "*", **when("ArnEquals", "ecs:cluster", "arn:aws:ecs:eu-west-1:1:cluster/a"))),
    ("RESOURCE_EXPOSURE", allow("s3:PutBucketPolicy", "*"),
     allow("s3:PutBucketPolicy", "arn:aws:s3:::web")),
    ("INFRA_MODIFY", allow("sqs:DeleteQueue", "*"), allow("sqs:DeleteQueue", QUEUE)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "bad", "near_miss"), ROLES)
def test_risk_class_in_both_directions(name: str, bad: Any, near_miss: Any) -> None:
    assert judged(bad).get(name) == "certain"
    assert name not in judged(near_miss)


def test_trust_classes() -> None:
    def trust(**statement: Any) -> Any:
        return document({"Effect": "Allow", "Action": "sts:AssumeRole", **statement})

    assert judged(trust=trust(Principal="*"))["TRUST_PUBLIC"] == "certain"
    assert "TRUST_CROSS_ACCOUNT" in judged(trust=trust(Principal={"AWS": "999988887777"}))
    assert "TRUST_OTHER_SERVICE" in judged(
        trust=trust(Principal={"Service": "lambda.amazonaws.com"})
    )
    assert "TRUST_NO_SOURCE" in judged(
        trust=trust(Principal={"Service": "ecs-tasks.amazonaws.com"})
    )
    assert judged(trust=TRUST) == {}


GLOB = st.text(alphabet="ab*?", max_size=6)


@settings(max_examples=200, deadline=None)
@given(GLOB, GLOB, st.text(alphabet="ab", max_size=6))
def test_containment_and_overlap_agree_with_matching(one: str, other: str, text: str) -> None:
    assert contains(one, one)
    if matches(one, text) and matches(other, text):
        assert overlaps(one, other)
    if contains(one, other) and matches(other, text):
        assert matches(one, text)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["sqs:*", "sqs:Send*", "s3:*", "*"]), st.sampled_from(["*", QUEUE]))
def test_a_deny_never_grants(action: str, resource: str) -> None:
    before = decide([document(allow())], "sqs:SendMessage", QUEUE)
    after = decide([document(allow(), deny(action, resource))], "sqs:SendMessage", QUEUE)
    assert before == "allow"
    assert after in ("allow", "deny")
    without = decide([document(deny(action, resource))], "sqs:SendMessage", QUEUE)
    assert without == "deny"


def test_ten_thousand_statements_are_judged_like_one() -> None:
    statements = [allow("sqs:SendMessage", f"{QUEUE}-{n}") for n in range(9_998)]
    policies = [document(*statements[i : i + 500]) for i in range(0, len(statements), 500)]
    last = document(
        allow("kms:Decrypt", "*", **when("Strange", "aws:x", "1")), allow("s3:Retired*")
    )
    role = {
        "kind": "task",
        "account": "111122223333",
        "region": "eu-west-1",
        "policies": [{"name": str(n), "document": d} for n, d in enumerate([*policies, last])],
    }
    assert judge_role(role) == {"DATA_EXFIL": "conditional", "INFRA_MODIFY": "conditional"}
    assert decide([*policies, last], "sqs:SendMessage", f"{QUEUE}-9997") == "allow"
    assert decide([*policies, last], "sqs:SendMessage", f"{QUEUE}-9998") == "deny"
    assert decide([*policies, last], "kms:Decrypt", "arn:aws:kms:eu-west-1:1:key/k") == "unknown"


def test_malformed_and_large_roles_do_not_crash() -> None:
    role = {
        "kind": "task",
        "account": "1" * 12,
        "region": "eu-west-1",
        "policies": [
            {"name": "bad", "document": "{"},
            {
                "name": "big",
                "document": document(
                    *[allow("sqs:SendMessage", f"{QUEUE}{n}") for n in range(2000)]
                ),
            },
        ],
    }
    assert judge_role(role) == {}
