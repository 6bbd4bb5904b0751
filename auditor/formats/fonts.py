"""The fonts of the PDF: shipped ones as data, and what to say where a character has none."""

from __future__ import annotations

import base64
import logging
import re

from auditor.resources import builtin

FAMILIES = {"Inter": "Audit Sans", "DejaVuSansMono": "Audit Mono"}
MISSING = re.compile(r"\(U\+([0-9A-F]+)\)")
LOG = logging.getLogger(__name__)


def faces() -> str:
    """Return @font-face rules; names of our own, so that no font of the system is meant."""
    rules = []
    for path in sorted((builtin("reports") / "default" / "fonts").glob("*.[ot]tf")):
        name, weight = path.stem.rsplit("-", 1)
        data = base64.b64encode(path.read_bytes()).decode()
        rules.append(
            f"@font-face{{font-family:'{FAMILIES[name]}';font-weight:{weight};"
            f"src:url(data:font/{path.suffix[1:]};base64,{data})}}\n"
        )
    return "".join(rules)


class Unprintable(logging.Handler):
    """Collects the characters that WeasyPrint found no font for."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.characters: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the character that a message names."""
        found = MISSING.search(record.getMessage())
        if found:
            self.characters.add(chr(int(found[1], 16)))

    def warn(self) -> None:
        """Say once which characters are printed as boxes, and what to install."""
        if self.characters:
            codes = sorted(f"U+{ord(c):04X}" for c in self.characters)
            LOG.warning(
                "report.pdf: no font has %d of its characters (%s%s), they are printed as boxes; "
                "install fonts-noto-cjk (Japanese, Chinese, Korean) or fonts-noto-core",
                len(codes), ", ".join(codes[:8]), " …" if len(codes) > 8 else "",
            )  # fmt: skip
