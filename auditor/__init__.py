"""ecs-audit."""
