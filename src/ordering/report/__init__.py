"""Renderings of verdicts; the records are the source, and nothing is computed here."""
