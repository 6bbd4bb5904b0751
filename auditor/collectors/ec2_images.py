"""Machine images that container instances were launched from, and those behind own ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from auditor.collectors.base import FILTERED, PAGE, TOKEN, Call, Collector
from auditor.collectors.reader import Reader
from auditor.schema import Column, Item, Row, Table

C = Column
IMAGES = Table(
    "ec2_images",
    "One row per AMI in use and per AMI that it was made from; one that AWS no longer shows has no "
    "row.",
    (
        C("image_arn", "VARCHAR", "ARN form of the image."),
        C("image_id", "VARCHAR", "AMI.", "ImageId"),
        C("image_name", "VARCHAR", "Name.", "Name"),
        C("source_image_id", "VARCHAR", "AMI of the same region it was made from."),
        C(
            "amazon_image_id",
            "VARCHAR",
            "Amazon's own AMI: this one or the nearest it was made from.",
        ),
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
# Deprecated images are shown only when asked for.
DESCRIBE = Call(
    "ec2",
    "DescribeImages",
    "Images",
    PAGE,
    TOKEN,
    batch=FILTERED,
    filter="image-id",
    key="ImageId",
    fixed={"IncludeDeprecated": True},
)


def collect(reader: Reader) -> Iterator[tuple[Table, Row]]:
    """Describe the images of the container instances, and what own images were made from."""
    region, partition = reader.scope.region, reader.scope.partition
    wanted = reader.column("ec2_instances", "image_id") | reader.column(
        "container_instances", "image_id"
    )
    shown: list[Item] = []
    found: dict[str, Item] = {}
    asked: set[str] = set()
    while wanted := wanted - asked:
        asked |= wanted
        images = list(reader.describe(DESCRIBE, wanted))
        shown += images
        known = {i["ImageId"]: i for i in images if isinstance(i, Mapping) and "ImageId" in i}
        found |= known
        wanted = {source for image in known.values() if (source := _source(image, region))}

    def rows(image: Item) -> list[tuple[Table, Row]]:
        arn = f"arn:{partition}:ec2:{region}::image/{image['ImageId']}"
        return [(IMAGES, IMAGES.row(
            reader.scope, image, image_arn=arn, source_image_id=_source(image, region),
            amazon_image_id=_amazons(image, found, region),
        ))]  # fmt: skip

    yield from reader.map(DESCRIBE, shown, rows, lambda _: None)


def _source(image: Item, region: str) -> str | None:
    """Return what an own image of this region was made from; Amazon's own are taken as they are."""
    if image.get("ImageOwnerAlias") == "amazon":
        return None
    elsewhere = image.get("SourceImageRegion") not in (None, region)
    return None if elsewhere else image.get("SourceImageId")


def _amazons(image: Item, found: Mapping[str, Item], region: str) -> str | None:
    """Follow the sources to Amazon's own image; None where AWS does not show the way."""
    seen: set[str] = set()
    at: Item | None = image
    while at and at["ImageId"] not in seen:
        if at.get("ImageOwnerAlias") == "amazon":
            return str(at["ImageId"])
        seen.add(at["ImageId"])
        at = found.get(_source(at, region) or "")
    return None


COLLECTOR = Collector(
    (IMAGES,), (DESCRIBE,), collect, needs=("container_instances",), after=("ec2_instances",)
)
