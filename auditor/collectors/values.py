"""Columns of a classified value: the same wherever free text of an account is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auditor.schema import Column

if TYPE_CHECKING:
    from auditor.secrets.masking import Classified

VALUE_COLUMNS = (
    Column("value_class", "VARCHAR", "secret, placeholder, reference, harmless or unclassified."),
    Column("value_kind", "VARCHAR", "What the value is, such as a vendor's key or url_userinfo."),
    Column("value_confidence", "VARCHAR", "high, medium or low where the class is secret."),
    Column("preview", "VARCHAR", "Masked shape: a public vendor prefix or an ellipsis alone."),
    Column("fingerprint", "VARCHAR", "Keyed hash of a secret; equal secrets have equal ones."),
    Column("value", "VARCHAR", "The text where it is proven harmless or a reference, else NULL."),
)


def value_columns(classified: Classified) -> dict[str, Any]:
    """Return the values of VALUE_COLUMNS by column name."""
    return {
        "value_class": classified.value_class,
        "value_kind": classified.kind,
        "value_confidence": classified.value_confidence,
        "preview": classified.preview,
        "fingerprint": classified.fingerprint,
        "value": classified.value,
    }
