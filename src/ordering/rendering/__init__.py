"""Proofs for readers, as text, LaTeX and MathML: three renderers of the same documents.

`parts` are what a document is made of, `numbers` its decimals; `book` knows what was stated; `signs`,
`reasons`, `branches` and `claims` put steps into words, `statements` derivations (`theorems`: those with
symbols), `shapes` all that is known of a function.
"""

from ordering.rendering.claims import plain, value_of
from ordering.rendering.latex import latex
from ordering.rendering.mathml import mathml, mathml_of
from ordering.rendering.printer import formula
from ordering.rendering.shapes import shape_document
from ordering.rendering.statements import document
from ordering.rendering.text import text

__all__ = [
    "document",
    "formula",
    "latex",
    "mathml",
    "mathml_of",
    "plain",
    "shape_document",
    "text",
    "value_of",
]
