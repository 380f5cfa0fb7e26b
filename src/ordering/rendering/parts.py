"""What a printed proof is made of: words, formulas, decimals and references, in numbered lines."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from sympy import Expr

from ordering.rendering.numbers import Decimal, Digits, written


@dataclass(frozen=True)
class Mark:
    """A relation or another sign between formulas: `=`, `~`, `<`, `<=`, `>`, `>=`, `!=`, `->`, `*`."""

    name: str


@dataclass(frozen=True)
class Ref:
    """The number of the line that states something, which `key` names."""

    key: Hashable


Part: TypeAlias = Expr | str | Mark | Ref | Decimal | Digits
"""A formula, words, a mark, a reference or decimals."""
Sentence: TypeAlias = tuple[Part, ...]

RELATION: Final[Mapping[int, Mark]] = {-1: Mark("<"), 0: Mark("="), 1: Mark(">")}


@dataclass(frozen=True)
class Line:
    """One step: what it says, and why, sentence by sentence; `number` is 0 where nothing refers to it."""

    statement: Sentence
    why: tuple[Sentence, ...]
    number: int = 0


@dataclass(frozen=True)
class Document:
    """A printed proof: what f is, the lemmas that it rests on, and what follows from them."""

    opening: Sentence
    lemmas: tuple[Line, ...]
    claims: tuple[Line, ...]
    decimals: Mapping[Expr, str] = field(default_factory=dict)
    """How exact numbers in it, and beside it, are written."""


def listed(parts: Iterable[Sentence], *, last: str = "and") -> Sentence:
    """Several things with commas, and a word before the last one."""
    found = list(parts)
    out: list[Part] = []
    for i, part in enumerate(found):
        if i:
            out.append(last if i == len(found) - 1 else ",")
        out += part
    return tuple(out)


def settled(document: Document, numbers: Mapping[Hashable, int], beside: Iterable[Expr] = ()) -> Document:
    """The document with its references as numbers and its decimals as digits.

    Decimals whose digits cannot be told are left out, with the relation before them.  Numbers `beside` the
    document are told from those in it.
    """
    inside = [part for part in _parts(document) if isinstance(part, Decimal)]
    digits = written([*inside, *map(Decimal, beside)])

    def sentence(parts: Sentence) -> Sentence:
        out: list[Part] = []
        for part in parts:
            if isinstance(part, Ref):
                out.append(f"({numbers[part.key]})")
            elif not isinstance(part, Decimal):
                out.append(part)
            elif part in digits:
                exact, text = digits[part]
                if part.related:
                    if exact and out and str(out[-1]) == text:
                        continue
                    out.append(Mark("=" if exact else "~"))
                out.append(Digits(text))
        return tuple(out)

    def line(one: Line) -> Line:
        return replace(one, statement=sentence(one.statement), why=tuple(map(sentence, one.why)))

    return Document(
        sentence(document.opening),
        tuple(map(line, document.lemmas)),
        tuple(map(line, document.claims)),
        {number.value: text for number, (_, text) in digits.items() if not number.value.free_symbols},
    )


def _parts(document: Document) -> Iterator[Part]:
    yield from document.opening
    for line in (*document.lemmas, *document.claims):
        yield from line.statement
        for sentence in line.why:
            yield from sentence
