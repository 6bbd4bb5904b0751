"""Systems Manager parameters: names, types and keys; never a value."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.collectors.base import Call, Collector
from auditor.collectors.reader import Reader
from auditor.schema import Column, Item, Row, Scope, Table

C = Column
PARAMETERS = Table(
    "ssm_parameters",
    "One row per parameter of the account; metadata only.",
    (
        C("parameter_arn", "VARCHAR", "ARN; built where the API leaves it out."),
        C("name", "VARCHAR", "Name as stored.", "Name"),
        C("type", "VARCHAR", "String, StringList or SecureString.", "Type"),
        C("kms_key_id", "VARCHAR", "Key of a SecureString as written.", "KeyId"),
        C("tier", "VARCHAR", "Standard, Advanced or Intelligent-Tiering.", "Tier"),
        C("version", "BIGINT", "Newest version.", "Version"),
        C("last_modified_at", "TIMESTAMP", "Time of the last change.", "LastModifiedDate"),
    ),
)
LIST = Call(
    "ssm",
    "DescribeParameters",
    "Parameters",
    ("MaxResults", 50),
    ("NextToken", "NextToken"),
    key="Name",
)


def row(scope: Scope, parameter: Item) -> Row:
    """Map one parameter."""
    name = str(parameter["Name"]).lstrip("/")
    built = f"arn:{scope.partition}:ssm:{scope.region}:{scope.account_id}:parameter/{name}"
    return PARAMETERS.row(scope, parameter, parameter_arn=parameter.get("ARN") or built)


def collect(reader: Reader) -> Iterator[tuple[Table, Row]]:
    """List the parameters of the region."""
    yield from reader.map(
        LIST, reader.listing(LIST), lambda p: [(PARAMETERS, row(reader.scope, p))]
    )


COLLECTOR = Collector((PARAMETERS,), (LIST,), collect)
