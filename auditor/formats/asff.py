"""findings.asff.json: AWS Security Finding Format, as Security Hub's BatchImportFindings takes it.

Limits are those of the format's reference:
https://docs.aws.amazon.com/securityhub/latest/userguide/asff-required-attributes.html.
Findings of one fingerprint, such as two revisions in use, are one ASFF finding with several
resources: its Id then outlives a deployment.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from auditor.findings import SEVERITIES, Finding, Report, RuleResult, Severity
from auditor.formats.indented import indented
from auditor.identity import partition
from auditor.verdicts import GLOBAL, kind

FILE = "findings.asff.json"
SCHEMA = "2018-10-08"
TITLE, TEXT, ADVICE, RESOURCES, FIELD = 256, 1024, 512, 32, 1024
LABELS: dict[Severity, str] = {"critical": "CRITICAL", "high": "HIGH", "medium": "MEDIUM",
                               "low": "LOW", "info": "INFORMATIONAL"}  # fmt: skip
REQUIRED = (
    "SchemaVersion", "Id", "ProductArn", "GeneratorId", "AwsAccountId", "Types", "CreatedAt",
    "UpdatedAt", "Severity", "Title", "Description", "Resources",
)  # fmt: skip
TYPES = {  # service and resource type of an ARN
    ("ecs", "task-definition"): "AwsEcsTaskDefinition",
    ("ecs", "service"): "AwsEcsService",
    ("ecs", "cluster"): "AwsEcsCluster",
    ("ecs", "task"): "AwsEcsTask",
    ("iam", "role"): "AwsIamRole",
    ("iam", "root"): "AwsAccount",
    ("ecr", "repository"): "AwsEcrRepository",
    ("ec2", "instance"): "AwsEc2Instance",
    ("ec2", "subnet"): "AwsEc2Subnet",
    ("ec2", "launch-template"): "AwsEc2LaunchTemplate",
    ("ec2", "network-interface"): "AwsEc2NetworkInterface",
    ("ec2", "security-group"): "AwsEc2SecurityGroup",
    ("secretsmanager", "secret"): "AwsSecretsManagerSecret",
    ("autoscaling", "autoScalingGroup"): "AwsAutoScalingAutoScalingGroup",
    ("kms", "key"): "AwsKmsKey",
}


def write(report: Report, stream: BinaryIO) -> None:
    """Write one array of findings."""
    stream.write(indented(list(findings(report)), 1))


def findings(report: Report) -> Iterator[dict[str, Any]]:
    """Yield each open, waived or unknown fingerprint as one ASFF finding."""
    rules = {rule.id: rule for rule in report.rules}
    groups: dict[str, list[Finding]] = {}
    for finding in report.findings:
        groups.setdefault(finding.fingerprint, []).append(finding)
    for group in groups.values():
        first = min(group, key=lambda f: (SEVERITIES.index(f.severity), f.status != "fail"))
        yield _finding(report, first, group, rules[first.rule])


def finding_id(fingerprint: str) -> str:
    """Return the Id that a fingerprint has in Security Hub."""
    return f"ecs-audit/{fingerprint}"


def generator_id(rule: str) -> str:
    """Return the GeneratorId that a rule has in Security Hub."""
    return f"ecs-audit/{rule}"


def shortened(text: str, limit: int) -> str:
    """Return text of at most ``limit`` characters, never empty."""
    return (text if len(text) <= limit else text[: limit - 1] + "…") or "-"


def product_arn(where: str, region: str, account: str) -> str:
    """Return the ARN of an account's own findings."""
    return f"arn:{where}:securityhub:{region}:{account}:product/{account}/default"


def home_region(report: Report, account: str) -> str:
    """Return the region that stands for an account as a whole: the first one that was read."""
    scopes = [s for s in report.snapshot.scopes if s.account == account and s.region != GLOBAL]
    read = [s.region for s in scopes if s.status != "not_read"]
    return (read or [s.region for s in scopes] or report.snapshot.regions or ["us-east-1"])[0]


def _finding(
    report: Report, first: Finding, group: list[Finding], rule: RuleResult
) -> dict[str, Any]:
    here = partition(first.resource, report.snapshot.partition)
    region = first.region if first.region != GLOBAL else home_region(report, first.account)
    fields = {"ecs-audit/rule": first.rule, "ecs-audit/confidence": first.confidence,
              "ecs-audit/fingerprint": first.fingerprint, "ecs-audit/part": first.part or "-",
              "ecs-audit/snapshot": report.snapshot.id}  # fmt: skip
    return {
        "SchemaVersion": SCHEMA,
        "Id": finding_id(first.fingerprint),
        "ProductArn": product_arn(here, region, first.account),
        "ProductName": "Default",
        "CompanyName": "Personal",
        "GeneratorId": generator_id(first.rule),
        "AwsAccountId": first.account,
        "Region": region,
        "Types": ["Software and Configuration Checks/AWS Security Best Practices"],
        "CreatedAt": min(f.first_seen for f in group),
        "FirstObservedAt": min(f.first_seen for f in group),
        "LastObservedAt": report.check.as_of,
        "UpdatedAt": report.check.as_of,
        "Severity": {"Label": LABELS[first.severity], "Original": first.severity},
        "Title": shortened(f"{first.rule} {first.title}", TITLE),
        "Description": shortened(first.reason, TEXT),
        "Remediation": {"Recommendation": _advice(rule)},
        "ProductFields": {key: shortened(text, FIELD) for key, text in fields.items()},
        "Resources": [_resource(here, region, f) for f in group[:RESOURCES]],
        "Compliance": {"Status": "NOT_AVAILABLE" if first.status == "unknown" else "FAILED"},
        "Workflow": {"Status": "SUPPRESSED" if first.status == "waived" else "NEW"},
        "RecordState": "ACTIVE",
    }


def _advice(rule: RuleResult) -> dict[str, str]:
    found = {"Text": shortened(rule.fix, ADVICE)}
    return {**found, "Url": rule.refs[0]} if rule.refs else found


def _resource(where: str, region: str, finding: Finding) -> dict[str, Any]:
    what = TYPES.get(kind(finding.resource), "Other")
    return {"Type": what, "Id": shortened(finding.resource, 512), "Partition": where,
            "Region": region}  # fmt: skip
