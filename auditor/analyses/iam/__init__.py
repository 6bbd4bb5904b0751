"""IAM judgement as pure functions: what policies allow, and what a role can really do."""

from __future__ import annotations

from auditor.analyses.iam.decide import decide
from auditor.analyses.iam.risks import judge_role

__all__ = ["decide", "judge_role"]
