"""Write the generated pages: one of every rule, one of every table."""

from __future__ import annotations

from pathlib import Path

from auditor import catalog
from auditor.rules import load_all

HERE = Path(__file__).parent / "generated"


def main() -> None:
    HERE.mkdir(exist_ok=True)
    lines = ["# Rules", ""]
    for rule in load_all().values():
        m = rule.meta
        lines += [f"## {rule.id} {m.title}", "", f"{m.severity}, {m.confidence}, {rule.family}. "
                  f"Reads {', '.join(sorted(rule.reads))}.", "", f"**Why.** {m.why.strip()}", "",
                  f"**Fix.** {m.fix.strip()}", "", "```sql", rule.sql, "```", ""]  # fmt: skip
    (HERE / "rules.md").write_text("\n".join(lines), encoding="utf-8")
    lines = ["# Tables", ""]
    for table in catalog.tables().values():
        lines += [
            f"## {table.name}",
            "",
            table.doc,
            "",
            "| column | type | meaning |",
            "|---|---|---|",
        ]
        lines += [f"| {c.name} | {c.type} | {c.doc} |" for c in table.columns] + [""]
    (HERE / "schema.md").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
