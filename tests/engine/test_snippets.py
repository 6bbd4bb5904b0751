"""Ready pieces of configuration: they can be read, and AWS knows what they name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import botocore.session
import msgspec
import pytest
from botocore import xform_name

from auditor.rules import load_all

AWS = botocore.session.get_session()
GIVEN = [(r.id, kind, text) for r in load_all().values() for kind, text in r.meta.snippets.items()]


def pieces(kind: str) -> Any:
    wanted = [(rule, text) for rule, of, text in GIVEN if of == kind]
    return pytest.mark.parametrize("text", [t for _, t in wanted], ids=[r for r, _ in wanted])


def keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from keys(one)


def members() -> set[str]:
    """Return the fields that ECS and EC2 take, which CloudFormation writes with a capital."""
    shapes = [
        model.shape_for(name)
        for model in map(AWS.get_service_model, ("ecs", "ec2"))
        for name in model.shape_names
    ]
    return {n.lower() for s in shapes if s.type_name == "structure" for n in s.members}  # type: ignore[attr-defined]


@pieces("iam")
def test_a_policy_is_statements_with_effect_and_action(text: str) -> None:
    made = json.loads(text)
    made = made.get("Statement", made) if isinstance(made, dict) else made
    for statement in made if isinstance(made, list) else [made]:
        assert statement["Effect"] in ("Allow", "Deny")
        assert statement.keys() >= {"Action"}
        assert statement.keys() & {"Resource", "Principal"}


@pieces("cloudformation")
def test_a_template_names_known_fields(text: str) -> None:
    known = members()
    for name in keys(msgspec.yaml.decode(text)):
        assert name.lower() in known or name.startswith("awslogs-"), name


@pieces("cli")
def test_a_command_is_one_of_aws_with_what_it_needs(text: str) -> None:
    lines = text.replace("\\\n", " ").splitlines()
    for words in [line.split() for line in lines if not line.startswith("#")]:
        program, service, command, *rest = words
        assert program == "aws"
        model = AWS.get_service_model(service.removesuffix("api"))
        operation = {xform_name(name, "-"): name for name in model.operation_names}[command]
        taken = model.operation_model(operation).input_shape
        given = {word[2:] for word in rest if word.startswith("--")} - {"query", "output"}
        assert given <= {xform_name(name, "-") for name in taken.members}
        assert given >= {xform_name(name, "-") for name in taken.required_members}


@pytest.mark.parametrize(("rule", "kind", "text"), GIVEN)
def test_nothing_in_it_is_real(rule: str, kind: str, text: str) -> None:
    assert not re.search(r"\d{12}|\b(AKIA|ASIA|ghp_|xox)", text), (rule, kind)
    assert len(text.splitlines()) <= 12
