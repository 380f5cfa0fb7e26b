"""Rigorous number enclosures (`balls`) and the time budgets that every loop obeys (`budget`).

In comes a sympy expression in x, out comes a ball that holds its values; the prover and the checker both
stand on this room, and share nothing else.
"""
