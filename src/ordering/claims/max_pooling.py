"""Claim 1: with max pooling both orders give the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sympy import Rational, oo

from ordering.activation import Activation
from ordering.catalogue import activations, families
from ordering.catalogue.laws import dilates
from ordering.claims.records import CLAIMS, Answer, Evidence, Ruling, Tell
from ordering.claims.words import count, fall_text, listed, names, quoted, window_text
from ordering.evidence import Answer as VerdictAnswer
from ordering.evidence import Counterexample, Finding, Verdict
from ordering.floats import Store
from ordering.kernels import examine as try_law
from ordering.loading import PoolingLike, load_pooling
from ordering.observation import default_layer, feature_map, load_image, observe
from ordering.pooling import Pooling
from ordering.reals import prove
from ordering.running import interrupts
from ordering.verdict import verify_all

CLAIM: Final = CLAIMS[0]
SLOPES: Final = (families.leaky_relu(Rational(-1, 10)), families.prelu(Rational(-1, 4)))
"""Slopes that are negative below 0, which torch takes without a word."""
DTYPES: Final = {"quick": ("float16", "bfloat16"), "full": ("float16", "bfloat16", "float32")}
SHOWN: Final = ("relu", "gelu", "silu", "sigmoid")
"""Activations whose two orders are compared on the photograph."""


@dataclass
class _Sorted:
    """Verdicts by what they say of the claim."""

    exact: list[Verdict] = field(default_factory=list)
    rounding: list[Verdict] = field(default_factory=list)
    falling: list[Verdict] = field(default_factory=list)
    """f is not nondecreasing, and the orders differ."""
    hidden: list[Verdict] = field(default_factory=list)
    """f is not nondecreasing, yet in the dtypes asked for nothing or only rounding shows."""
    departing: list[Verdict] = field(default_factory=list)
    """f is proved nondecreasing, and the orders differ all the same: its kernel is another function."""
    open: list[Verdict] = field(default_factory=list)


def _sorted(verdicts: Sequence[Verdict]) -> _Sorted:
    found = _Sorted()
    for verdict in verdicts:
        rises = None if verdict.shape is None else verdict.shape.nondecreasing.holds
        answer = verdict.worst.answer
        if answer in (VerdictAnswer.UNDECIDED, VerdictAnswer.ERROR):
            found.open.append(verdict)
        elif answer is VerdictAnswer.DIFFERENT:
            (found.departing if rises else found.falling).append(verdict)
        elif rises is False:
            found.hidden.append(verdict)
        else:
            (found.exact if answer is VerdictAnswer.EXACT else found.rounding).append(verdict)
    return found


def rule(
    tell: Tell,
    effort: str = "quick",
    *,
    subjects: Sequence[Activation] | None = None,
    pooling: PoolingLike = "max_pool2d",
    store: Store | None = None,
    workers: int | None = None,
    around: bool = True,
) -> Ruling:
    """Verify the catalogue (or the subjects) with max pooling, and look where the claim stops being true.

    `around` looks at windows wholly in padding, negative slopes and a photograph too.  The claim fails where
    worlds contradict each other, as they do if the operator is no maximum; it holds without conditions only
    if the orders agree for every subject.
    """
    operator = load_pooling(pooling)
    asked = list(activations.values()) if subjects is None else list(subjects)
    verdicts = []
    dtypes = DTYPES[effort]
    level = "quick" if effort == "quick" else "standard"
    for verdict in verify_all(
        asked, [operator], ["commutes"], dtypes=dtypes, effort=level, store=store, workers=workers
    ):
        verdicts.append(verdict)
        tell(f"claim 1: {verdict.activation}, {len(verdicts)} of {len(asked)}")
    verdicts.sort(key=lambda verdict: [entry.name for entry in asked].index(verdict.activation))
    found = _sorted(verdicts)
    where = listed(dtypes)
    contradicting = [v.activation for v in verdicts if v.contradictions]
    evidence = [
        *_of_the_reals(found, asked),
        *_of_the_floats(found, dtypes),
        *_contradictions(verdicts),
        *(_around(operator, tell) if around else ()),
    ]
    left_open = tuple(f"{v.activation}: {v.why}" for v in found.open)
    if contradicting:
        answer = Answer.FAILS
        conditions = f"{operator}: the worlds contradict each other for {names(contradicting)}"
    elif not (found.exact or found.rounding):
        answer = Answer.FAILS
        conditions = f"for none of {count(len(asked), 'activation')} do the orders agree"
    elif left_open:
        answer, conditions = Answer.UNDECIDED, f"open for {names([v.activation for v in found.open])}"
    elif found.falling or found.hidden or found.rounding or found.departing:
        answer, conditions = Answer.CONDITIONS, _conditions(found, len(asked), where)
    else:
        answer, conditions = Answer.HOLDS, f"for {count(len(asked), 'activation')} in {where}"
    return Ruling(CLAIM, answer, conditions, tuple(evidence), left_open)


def _conditions(found: _Sorted, asked: int, where: str) -> str:
    agreeing = len(found.exact) + len(found.rounding)
    rounding = f", {len(found.rounding)} of them up to rounding" if found.rounding else ""
    falling = [v.activation for v in (*found.falling, *found.departing)]
    return (
        f"exactly for nondecreasing f ({agreeing} of {asked} in {where}{rounding}), and windows that are not "
        f"wholly padding; not for {names(falling)}"
    )


def _of_the_reals(found: _Sorted, asked: Sequence[Activation]) -> list[Evidence]:
    theorem = Finding.by_theorem("max_pooling")
    rising = [v for v in (*found.exact, *found.rounding) if v.shape and v.shape.nondecreasing.holds]
    evidence = [
        Evidence(
            "Over the reals the orders agree on every window if and only if f is nondecreasing "
            f"({theorem.theorem}, checked); {len(rising)} of {count(len(asked), 'activation')} are proved "
            "to be.",
            "pytest proofs",
            (("nondecreasing", len(rising)), ("activations", len(asked))),
        )
    ]
    falling = [*found.falling, *found.hidden]
    lines = []
    for verdict in falling:
        assert verdict.shape is not None
        ce = verdict.counterexample
        shown = "nothing shows in these dtypes" if ce is None else window_text(ce)
        lines.append(f"{verdict.activation}: drawdown {fall_text(verdict.shape)}; {shown}")
    if falling:
        evidence.append(
            Evidence(
                f"{count(len(falling), 'activation')} fall somewhere, and there the orders differ by up to "
                "the drawdown, sup over a <= b of f(a) - f(b) (proofs/drawdown.py).",
                f"ordering prove {quoted(falling[0].activation)}",
                (("falling", len(falling)),),
                tuple(lines),
            )
        )
    return evidence


def _of_the_floats(found: _Sorted, dtypes: Sequence[str]) -> list[Evidence]:
    machine = next((v.machine for v in (*found.exact, *found.rounding) if v.machine), None)
    further = "" if "float32" in dtypes else "  Of float32, `ordering claims 1 --effort full` tells."
    evidence = [
        Evidence(
            f"Bit for bit, in {listed(dtypes)}, at every value and on both code paths of this machine "
            f"({machine}): {count(len(found.exact), 'activation')}.{further}",
            f"ordering check relu max --require exact{_dtype_options(dtypes)}",
            (("exact", len(found.exact)),),
            tuple(v.activation for v in found.exact),
        )
    ]
    if found.rounding:
        worst = max((each.ulp or 0) for v in found.rounding for each in v.by_dtype.values())
        evidence.append(
            Evidence(
                f"Up to rounding, by at most {worst} ULP: {names([v.activation for v in found.rounding])}. "
                " Their kernels fall by a few steps somewhere, although the functions rise.",
                f"ordering check {quoted(found.rounding[0].activation)} max{_dtype_options(dtypes)}",
                (("rounding", len(found.rounding)), ("worst ULP", worst)),
                tuple(
                    f"{v.activation}: {each.dtype} {each.ulp} ULP{_as_value(v, each.dtype)}"
                    for v in found.rounding
                    for each in v.by_dtype.values()
                    if each.ulp
                ),
            )
        )
    if found.departing:
        evidence.append(
            Evidence(
                f"Of {names([v.activation for v in found.departing])} the kernel is no nondecreasing "
                "function, although the function is: there the orders differ by more than rounding.",
                f"ordering check {quoted(found.departing[0].activation)} max{_dtype_options(dtypes)}",
                (("departing", len(found.departing)),),
                tuple(f"{v.activation}: {v.why}" for v in found.departing),
            )
        )
    return evidence


def _as_value(verdict: Verdict, dtype: str) -> str:
    falls = [each.drawdown for each in verdict.certificates if each.dtype == dtype]
    return f", {max(falls):.3g} as a value" if falls else ""


def _dtype_options(dtypes: Sequence[str]) -> str:
    return "".join(f" --dtype {dtype}" for dtype in dtypes)


def _contradictions(verdicts: Sequence[Verdict]) -> list[Evidence]:
    told = [f"{v.activation}: {text}" for v in verdicts for text in v.contradictions]
    if not told:
        return []
    sentence = f"The worlds contradict each other {count(len(told), 'time')}: this operator is no maximum."
    return [Evidence(sentence, "ordering report", (("contradictions", len(told)),), tuple(told))]


def _around(pooling: Pooling, tell: Tell) -> list[Evidence]:
    return [*_padding(pooling, tell), *_slopes(pooling, tell), *_picture(pooling, tell)]


def _padding(pooling: Pooling, tell: Tell) -> list[Evidence]:
    """Windows wholly in padding, which padding with dilation makes: -inf against f(-inf)."""
    if dilates(activations["relu"], pooling):
        return []
    tell("claim 1: windows wholly in padding")
    interrupts.check()
    broken = try_law("relu", pooling, law="commutes_in_padding", examples=30)
    rising = [prove(entry) for entry in activations.values() if entry.expression is not None]
    kept = [s.activation for s in rising if s.nondecreasing.holds and s.limits[0] == -oo]
    lost = [s.activation for s in rising if s.nondecreasing.holds and s.limits[0] not in (None, -oo)]
    if not isinstance(broken, Counterexample):
        return [
            Evidence(
                f"With windows wholly in padding relu survived {broken.examples} examples.",
                "ordering check relu max --law commutes_in_padding",
            )
        ]
    arguments = ", ".join(f"{name}={value}" for name, value in broken.pooling_arguments.items())
    return [
        Evidence(
            f"A window wholly in padding ({arguments}) is -inf after the activation and f(-inf) before it: "
            f"relu {window_text(broken)}.  Only f with f(-inf) = -inf agree there: {len(kept)} nondecreasing "
            f"ones of the catalogue do, {len(lost)} do not.",
            "ordering check relu max --law commutes_in_padding",
            (("agree", len(kept)), ("differ", len(lost))),
            tuple(kept),
        )
    ]


def _slopes(pooling: Pooling, tell: Tell) -> list[Evidence]:
    lines = []
    for entry in SLOPES:
        tell(f"claim 1: {entry}")
        interrupts.check()
        shape = prove(entry)
        found = try_law(entry, pooling, examples=30)
        shown = (
            window_text(found) if isinstance(found, Counterexample) else f"survived {found.examples} examples"
        )
        lines.append(f"{entry}: drawdown {fall_text(shape)}; {shown}")
    return [
        Evidence(
            "A negative slope below 0, which leaky_relu and prelu take, makes f fall: the orders then "
            "differ without bound.",
            f"ordering check {quoted(SLOPES[-1].name)} max",
            examples=tuple(lines),
        )
    ]


def _picture(pooling: Pooling, tell: Tell) -> list[Evidence]:
    tell("claim 1: on a photograph")
    features = feature_map(load_image(), default_layer())
    seen = list(observe(features, SHOWN, [pooling]))
    return [
        Evidence(
            "On a photograph after a convolution the orders differ by at most "
            + ", ".join(f"{each.largest_gap:.3g} ({each.activation})" for each in seen)
            + " in float32.",
            " ".join(("ordering observe", *(f"-a {name}" for name in SHOWN), "-p max_pool2d")),
            tuple((each.activation, each.largest_gap) for each in seen),
        )
    ]
