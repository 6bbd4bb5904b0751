"""Write the generated pages: one of each rule, one of every table."""

from __future__ import annotations

import sys
from pathlib import Path

from auditor import catalog
from auditor.rulepages import written
from auditor.rules import load_all
from auditor.snapshot.ddl import ledger

HERE = Path(__file__).parent / "generated"


def main(folder: Path = HERE) -> list[Path]:
    """Write all pages into a folder and return them."""
    made = list(written(load_all().values(), folder / "rules"))
    page = folder / "schema.md"
    page.write_text(schema(), encoding="utf-8")
    return [*made, page]


def schema() -> str:
    """Return the page of every table and view."""
    lines = ["# Tables and views", ""]
    for table in catalog.tables().values():
        lines += [f"## {table.name}", "", table.doc, ""]
        lines += ["| column | type | meaning |", "|---|---|---|"]
        lines += [f"| {c.name} | {c.type} | {c.doc} |" for c in table.columns] + [""]
    for view in catalog.views().values():
        lines += [f"## {view.name}", "", view.doc, "", "| column | meaning |", "|---|---|"]
        lines += [f"| {name} | {doc} |" for name, doc in view.columns.items()] + [""]
    for name, (doc, columns) in ledger().items():
        lines += [f"## {name}", "", doc, "", "| column | type | meaning |", "|---|---|---|"]
        lines += [f"| {c} | {kind} | {meaning} |" for c, kind, meaning in columns] + [""]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(f"{len(main())} pages in {HERE}\n")
