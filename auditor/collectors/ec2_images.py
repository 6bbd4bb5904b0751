"""Machine images that container instances were launched from."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.collectors.base import Call, Collector
from auditor.collectors.reader import Reader
from auditor.schema import Column, Item, Row, Table

C = Column
IMAGES = Table(
    "ec2_images",
    "One row per AMI in use; one that AWS no longer shows has no row.",
    (
        C("image_arn", "VARCHAR", "ARN form of the image."),
        C("image_id", "VARCHAR", "AMI.", "ImageId"),
        C("image_name", "VARCHAR", "Name.", "Name"),
        C("owner_id", "VARCHAR", "Owning account.", "OwnerId"),
        C("owner_alias", "VARCHAR", "amazon, aws-marketplace or NULL.", "ImageOwnerAlias"),
        C("is_public", "BOOLEAN", "Public.", "Public"),
        C("created_at", "TIMESTAMP", "Time of creation.", "CreationDate"),
        C("deprecated_at", "TIMESTAMP", "Time of deprecation.", "DeprecationTime"),
        C("imds_support", "VARCHAR", "v2.0 where IMDSv2 is the AMI's default.", "ImdsSupport"),
        C("platform", "VARCHAR", "windows, or NULL.", "Platform"),
        C("architecture", "VARCHAR", "x86_64 or arm64.", "Architecture"),
        C("state", "VARCHAR", "available …", "State"),
    ),
)
# Deprecated images are shown only when asked for; a filter answers without faults for those gone.
DESCRIBE = Call(
    "ec2",
    "DescribeImages",
    "Images",
    ("MaxResults", 1000),
    ("NextToken", "NextToken"),
    key="ImageId",
    fixed={"IncludeDeprecated": True},
)


def collect(reader: Reader) -> Iterator[tuple[Table, Row]]:
    """Describe the images of the container instances."""
    ids = reader.column("ec2_instances", "image_id") | reader.column(
        "container_instances", "image_id"
    )
    if not ids:
        return
    region, partition = reader.scope.region, reader.scope.partition

    def rows(image: Item) -> list[tuple[Table, Row]]:
        arn = f"arn:{partition}:ec2:{region}::image/{image['ImageId']}"
        return [(IMAGES, IMAGES.row(reader.scope, image, image_arn=arn))]

    found = reader.listing(DESCRIBE, Filters=[{"Name": "image-id", "Values": sorted(ids)}])
    yield from reader.map(DESCRIBE, found, rows, lambda _: None)


COLLECTOR = Collector(
    (IMAGES,), (DESCRIBE,), collect, needs=("container_instances",), after=("ec2_instances",)
)
