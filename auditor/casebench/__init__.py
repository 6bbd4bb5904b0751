"""Prove rules by cases: pieces of AWS answers laid over a small valid world."""
