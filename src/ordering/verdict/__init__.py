"""The verdict: the only room that asks all three worlds, and has their answers judged."""

from ordering.verdict.verifying import verify, verify_all

__all__ = ["verify", "verify_all"]
