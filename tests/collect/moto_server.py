"""moto, more like AWS in two ways: ``python -m tests.collect.moto_server -p PORT``.

Once one public parameter was asked for, moto lists thousands as if the account owned them, ten a
page, and each collection then costs 550 calls more. AWS forgets a terminated instance within hours,
moto never: here it is gone at once.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models.instances import InstanceBackend
from moto.server import main
from moto.ssm.models import ParameterDict


def _none(_parameters: ParameterDict, _key: str) -> None:
    """Load nothing."""


_terminated = InstanceBackend.terminate_instances


def _forgotten(backend: InstanceBackend, instance_ids: list[str]) -> Any:
    """Terminate the instances and forget them."""
    ended = _terminated(backend, instance_ids)
    for reservation in backend.reservations.values():
        kept = [one for one in reservation.instances if one.id not in instance_ids]
        reservation.instances = kept
    return ended


ParameterDict._check_loading_status = _none
InstanceBackend.terminate_instances = _forgotten

if __name__ == "__main__":
    main()
