"""The HTML page: verdicts become plain records (`records`), and one template writes them.

`wording` says what a verdict means, `tables` and `sections` arrange verdicts, `caveats` says what could make
one meaningless, `examples` draws counterexamples as grids, `sampling`, `figures` and `svg` draw functions,
`flow` writes derivations, `safe` makes text of users harmless, `building` puts all together.
"""
