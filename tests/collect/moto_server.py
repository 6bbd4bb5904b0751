"""moto without AWS's public parameters: ``python -m tests.collect.moto_server -p PORT``.

Once one public parameter was asked for, moto lists thousands as if the account owned them, ten a
page, and each collection then costs 550 calls more.
"""

from __future__ import annotations

from moto.server import main
from moto.ssm.models import ParameterDict


def _none(_parameters: ParameterDict, _key: str) -> None:
    """Load nothing."""


ParameterDict._check_loading_status = _none

if __name__ == "__main__":
    main()
