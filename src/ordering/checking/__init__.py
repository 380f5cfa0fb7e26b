"""The checker: it accepts a derivation only if its steps imply its claim.

It stands on the number enclosures (`ordering.enclosures`) alone and knows nothing of the prover, of torch or
of the catalogue; import contracts in `pyproject.toml` keep it so.

*The logic*, what follows from what, to be read first: `records` are the claim and the steps as plain data;
`checker` says whether pieces tile the domain and the whole follows, `properties` what each property needs,
`holes` what lies beside a hole, `drawdowns` how far f falls; `facts` are the signs that steps state, and why.
*The arithmetic*, which the logic asks: `points` decides signs at points, `reading` those that are read off,
`waves` those that counting zeros gives, `branches` what a function with corners is on a piece and at a point,
`deriving` derivatives, `algebra` identities, `growth` the behaviour near an end, `limits` one-sided limits,
`repeating` periods.  `saving` writes and reads JSON.

Beside it stand two checkers of other claims: `parametric` (with `symbolic`) of families for every value of
their parameters; `theorems` (with `rules`, `linear`, and the words of
`sequences`, `functions` and `extremes`) of general theorems about uninterpreted functions.

What is trusted beside these modules: flint, for balls, for polynomials over the rationals (sums, products,
quotients, greatest common divisors) and for the factors of integers; and of sympy that building,
substituting, expanding and collecting terms change no value where both sides are real (its constructors
evaluate, by its assumptions: `sqrt(x)**2` becomes x, `Abs(exp(x))` becomes exp(x)), that `is_polynomial` and
`degree` are right, and that rational numbers are compared right.  Nothing rests on its derivatives, limits,
solvers or simplifications: `sqrtdenest` only guesses a square root, which is squared, compared and enclosed.
A saved expression is read by Python's parser (`ast`; nothing is evaluated as code) and built by sympy's
constructors from a list of known functions.
"""

from ordering.checking.branches import CORNERS as CORNERS
from ordering.checking.branches import value_at as value_at
from ordering.checking.checker import Checker as Checker
from ordering.checking.checker import check as check
from ordering.checking.deriving import derivative as derivative
from ordering.checking.drawdowns import extremes as extremes
from ordering.checking.drawdowns import seams as seams
from ordering.checking.holes import across as across
from ordering.checking.holes import holes as holes
from ordering.checking.limits import limit_at as limit_at
from ordering.checking.points import isolated as isolated
from ordering.checking.reading import needs as needs
from ordering.checking.reading import read_off as read_off
from ordering.checking.records import *  # noqa: F403 - all of them are public
from ordering.checking.saving import claim_and_steps as claim_and_steps
from ordering.checking.saving import from_data as from_data
from ordering.checking.saving import to_data as to_data
from ordering.checking.waves import has_signs as has_signs
