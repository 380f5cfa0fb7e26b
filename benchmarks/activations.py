"""How fast activations are drawn, how often `prove` has no answer for them, and who answers right.

    python benchmarks/activations.py [--terms N] [--each N] [--seconds S] [--json FILE]

1. Drawn activations per second (term, expression, kernel, what is known by construction), against drawing
   plain sympy expressions of the same grammar, in turns in one run.
2. The share of questions that `prove` leaves undecided, by the depth of the term.
3. `prove`, sympy's `is_increasing`, `is_decreasing` and `is_convex`, and z3 (where the term is piecewise
   polynomial), each with the same time for a question and in a process that is ended after it.  The judge is
   what is known by construction: the questions on which it is silent are not asked.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial, reduce
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import sympy as sp
import z3
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy
from rich.console import Console
from rich.progress import track
from sympy import Expr
from sympy.calculus.singularities import is_decreasing, is_increasing
from sympy.calculus.util import is_convex

from ordering import prove, x
from ordering.drawing.activations import expression, terms
from ordering.drawing.term import Term
from ordering.strategies import DrawnActivation, activations

QUESTIONS = ("nondecreasing", "nonincreasing", "convex")
SYMPY: dict[str, Callable[[Expr], Any]] = {
    "nondecreasing": lambda f: is_increasing(f, sp.S.Reals, x),
    "nonincreasing": lambda f: is_decreasing(f, sp.S.Reals, x),
    "convex": lambda f: is_convex(f, x, domain=sp.S.Reals),
}
POLYNOMIAL = frozenset(
    {"x", "number", "scale", "sum", "product", "max", "min", "clip", "abs", "sign", "piecewise", "dip"}
) | {f"power{n}" for n in range(2, 10)}
"""Operations that z3 has: what is made of them alone is piecewise polynomial."""
MARGIN = 5.0
"""Seconds that a process may take beyond its question's time to begin and to end."""


@dataclass(frozen=True)
class Rate:
    """Draws of one kind."""

    drawn: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Draws per second."""
        return self.drawn / self.seconds


def drawn(strategy: SearchStrategy[Any], count: int, number: int) -> tuple[list[Any], float]:
    """So many draws of this seed, repetitions included, and the seconds that they took."""
    found: list[Any] = []

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(value: Any) -> None:
        found.append(value)

    begun = time.perf_counter()
    collect()
    return found, time.perf_counter() - begun


def _forget() -> None:
    """Empty what drawing remembers of terms."""
    for name, module in list(sys.modules.items()):
        if name.startswith("ordering.drawing"):
            for value in vars(module).values():
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


def rates(count: int, number: int) -> dict[str, Rate]:
    """Drawing activations with all that belongs to them, and plain expressions of the same terms."""
    kinds: dict[str, SearchStrategy[Any]] = {
        "activations": activations().map(lambda f: (f, f.known)),
        "expressions": terms().map(expression),
    }
    rounds, taken = 4, {name: [0, 0.0] for name in kinds}
    for turn in range(rounds):
        for name, strategy in kinds.items():
            _forget()  # else the one would find what the other has made
            values, seconds = drawn(strategy, max(1, count // rounds), number + turn)
            taken[name][0] += len(values)
            taken[name][1] += seconds
    return {name: Rate(int(drawn_), seconds) for name, (drawn_, seconds) in taken.items()}


def different(depth: int, count: int, number: int) -> list[DrawnActivation]:
    """So many different terms that are not shallower than the depth."""
    found: dict[Term, DrawnActivation] = {}
    for more in range(1000):
        for f in drawn(activations(depth=depth), 4 * count, number + more)[0]:
            if f.term.depth == depth and len(found) < count:
                found[f.term] = f
        if len(found) >= count:
            break
    return list(found.values())


def undecided(depth: int, count: int, number: int, seconds: float, say: Console) -> dict[str, Any]:
    """How many questions about terms of this depth have no answer."""
    asked, open_ = Counter[str](), Counter[str]()
    for f in track(
        different(depth, count, number),
        f"depth {depth}",
        console=say,
        transient=True,
        disable=not say.is_terminal,
    ):
        shape = prove(f, timeout=seconds)
        for name in QUESTIONS:
            asked[name] += 1
            open_[name] += shape.finding(name).holds is None
    return {"asked": dict(asked), "undecided": {name: open_[name] for name in QUESTIONS}}


# ---- who is right ----------------------------------------------------------------------------------------


def within(question: Callable[[], bool | None], seconds: float) -> bool | None:
    """The answer of a process of its own; None where it has none, or takes longer."""
    context = get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(question, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        return ours.recv() if ours.poll(seconds) else None
    except EOFError:
        raise RuntimeError("the process that was asked ended without an answer") from None
    finally:
        process.kill()
        process.join()
        ours.close()


def _answer(question: Callable[[], bool | None], to: Connection) -> None:
    to.send(question())


def by_sympy(f: DrawnActivation, name: str) -> bool | None:
    """What sympy's own helpers say."""
    try:
        answer = SYMPY[name](f.expression)
    except Exception:  # noqa: BLE001 - any error of sympy's is "no answer", which is what is being counted
        return None
    return bool(answer) if answer in (True, False) else None


def real(number: Any) -> Any:
    """A rational in z3."""
    return z3.RealVal(f"{number.numerator}/{number.denominator}")


def in_z3(each: Term, at: Any) -> Any:
    """A piecewise polynomial term at a number of z3's."""
    parts = [in_z3(part, at) for part in each.parts]
    numbers = [real(number) for number in each.numbers]
    if each.operation in ("sum", "product", "max", "min"):
        two: Callable[[Any, Any], Any] = {
            "sum": lambda a, b: a + b,
            "product": lambda a, b: a * b,
            "max": lambda a, b: z3.If(a >= b, a, b),
            "min": lambda a, b: z3.If(a <= b, a, b),
        }[each.operation]
        return reduce(two, parts)
    if each.operation.startswith("power"):
        result = parts[0]
        for _ in range(int(each.operation.removeprefix("power")) - 1):
            result = result * parts[0]
        return result
    if each.operation == "piecewise":
        return z3.If(at <= numbers[0] if each.numbers[1] else at < numbers[0], *parts)
    if each.operation == "dip":
        inside = z3.And(numbers[0] <= at, at <= numbers[1])
        return z3.If(inside, parts[0] - numbers[2], parts[0])
    simple: dict[str, Callable[[], Any]] = {
        "x": lambda: at,
        "number": lambda: numbers[0],
        "scale": lambda: numbers[0] * parts[0],
        "abs": lambda: z3.If(parts[0] >= 0, parts[0], -parts[0]),
        "sign": lambda: z3.If(parts[0] > 0, real(1), z3.If(parts[0] < 0, real(-1), real(0))),
        "clip": lambda: z3.If(
            parts[0] < numbers[0], numbers[0], z3.If(parts[0] > numbers[1], numbers[1], parts[0])
        ),
    }
    return simple[each.operation]()


def by_z3(f: DrawnActivation, name: str, seconds: float) -> bool | None:
    """Whether z3 finds no points that break the property."""
    a, b = z3.Reals("a b")
    first, last = in_z3(f.term, a), in_z3(f.term, b)
    broken: dict[str, Callable[[], Any]] = {
        "nondecreasing": lambda: first > last,
        "nonincreasing": lambda: first < last,
        "convex": lambda: 2 * in_z3(f.term, (a + b) / 2) > first + last,
    }
    solver = z3.Solver()
    solver.set("timeout", int(1000 * seconds))
    solver.add(a < b, broken[name]())
    answer = solver.check()
    return None if answer == z3.unknown else bool(answer == z3.unsat)


def judged(fs: list[DrawnActivation], seconds: float, say: Console) -> dict[str, Counter[str]]:
    """Right, wrong and no answer of each, on the questions whose answer is known by construction."""
    counts: dict[str, Counter[str]] = {
        name: Counter() for name in ("ordering", "sympy", "z3", "ordering, where z3 applies")
    }
    for f in track(fs, "who is right", console=say, transient=True, disable=not say.is_terminal):
        shape = prove(f, timeout=seconds * len(QUESTIONS))
        polynomial = {part.operation for part in f.term.walk()} <= POLYNOMIAL
        for name in QUESTIONS:
            truth = f.known.properties[name]
            if truth is None:
                continue
            answers = {
                "ordering": shape.finding(name).holds,
                "sympy": within(partial(by_sympy, f, name), seconds),
            }
            if polynomial:
                answers["z3"] = within(partial(by_z3, f, name, seconds), seconds + MARGIN)
                answers["ordering, where z3 applies"] = answers["ordering"]
            for who, answer in answers.items():
                counts[who]["no answer" if answer is None else "right" if answer == truth else "wrong"] += 1
    return counts


def main() -> int:
    """Run, print the tables, and return 1 if an answer of ours is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--terms", type=int, default=500, help="terms on which all three are asked")
    parser.add_argument("--each", type=int, default=200, help="terms of each depth for the undecided")
    parser.add_argument("--draws", type=int, default=2000, help="draws of each kind for the rates")
    parser.add_argument("--seconds", type=float, default=5.0, help="for one question")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="also write the numbers to this file")
    options = parser.parse_args()
    say = Console(stderr=True)

    fast = rates(options.draws, options.seed)
    for name, rate in fast.items():
        print(f"{name:12} {rate.per_second:8.0f} drawn per second")
    ratio = fast["expressions"].per_second / fast["activations"].per_second
    print(f"plain expressions to activations: {ratio:.1f} to 1\n", flush=True)

    print(f"{'undecided':12}" + "".join(f"{name:>16}" for name in QUESTIONS))
    shares = {}
    for depth in (1, 2, 3):
        shares[depth] = row = undecided(depth, options.each, options.seed, options.seconds, say)
        cells = (f"{100 * row['undecided'][name] / row['asked'][name]:.2f} %" for name in QUESTIONS)
        print(f"depth {depth:<6}" + "".join(f"{cell:>16}" for cell in cells), flush=True)

    fs = [f for depth in (1, 2, 3) for f in different(depth, -(-options.terms // 3), options.seed)]
    random.Random(options.seed).shuffle(fs)
    counts = judged(fs[: options.terms], options.seconds, say)
    print(f"\n{'':28}{'right':>8}{'wrong':>8}{'no answer':>11}")
    for who, count in counts.items():
        print(f"{who:28}{count['right']:8}{count['wrong']:8}{count['no answer']:11}")
    if options.json:
        data = {
            "rates": {name: asdict(rate) for name, rate in fast.items()},
            "undecided": shares,
            "answers": counts,
        }
        options.json.write_text(json.dumps(data, indent=2))
    return 1 if counts["ordering"]["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
