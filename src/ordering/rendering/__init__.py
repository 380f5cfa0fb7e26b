"""Derivations in plain text, LaTeX and MathML: three renderers of the same statements (`statements`)."""

from ordering.rendering.latex import latex
from ordering.rendering.mathml import mathml, mathml_of
from ordering.rendering.text import text

__all__ = ["latex", "mathml", "mathml_of", "text"]
