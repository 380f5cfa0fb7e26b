"""What to do about a verdict: when to swap, when to keep the order, and what can be done instead."""

from __future__ import annotations

from collections.abc import Iterator

from ordering.evidence import Answer, Finding
from ordering.pooling import Kind
from ordering.report.lesson.records import REARRANGEMENTS, SELECTIONS, Subject


def advice(subject: Subject) -> Iterator[str]:
    """Sentences, the most useful first; about laws that do not compare the orders, what the answer allows."""
    answers = {each.answer for each in subject.verdict.by_dtype.values()}
    worst = subject.verdict.worst.answer
    if worst is Answer.ERROR:
        yield "Mend the kernel, or leave out the dtypes that it does not take (--dtype)."
        return
    if not subject.orders:
        yield "Rely on the law." if worst is Answer.EXACT else _of_a_law(worst)
        return
    if Answer.EXACT in answers or Answer.ROUNDING in answers:
        yield from _swap(subject, answers)
    if worst is Answer.UNDECIDED:
        yield "Keep the order until it is decided: unknown is not safe."
        yield from _unknown(subject)
    if worst is Answer.DIFFERENT:
        yield from _keep(subject)


def _of_a_law(worst: Answer) -> str:
    if worst is Answer.ROUNDING:
        return "Rely on the law within the rounding that is stated."
    if worst is Answer.DIFFERENT:
        return "Do not rely on the law for this activation and pooling."
    return "Do not rely on the law until it is decided."


def _swap(subject: Subject, answers: set[Answer]) -> Iterator[str]:
    dtypes = subject.verdict.by_dtype.values()
    safe = [each.dtype for each in dtypes if each.answer in (Answer.EXACT, Answer.ROUNDING)]
    where = f" in {' and '.join(safe)}" if len(safe) < len(dtypes) else ""
    if subject.kind in REARRANGEMENTS:
        yield f"Take either order{where}: elements are moved, and f is evaluated as often."
        return
    yield (
        f"Pool first{where}: then f is evaluated once for each window instead of once for each element, and "
        f"less is kept for the backward pass."
    )
    if Answer.ROUNDING in answers:
        yield "Where results are compared bit for bit, as by hashes of a model's output, keep the order."


def _unknown(subject: Subject) -> Iterator[str]:
    if subject.activation.expression is None:
        yield (
            "Give the activation its expression, so that the reals can be asked: "
            "Activation(name, kernel=..., expression=...)."
        )
    else:
        yield "More time for the proof (--timeout), or a dtype of 16 bits, may decide it."


def _keep(subject: Subject) -> Iterator[str]:
    shape = subject.verdict.shape
    yield "Keep the order that the model was trained with; a compiler must not swap the two."
    if subject.ranges:
        places = ", or among ".join(map(str, subject.ranges))
        rounding = "" if subject.kind in SELECTIONS else ", but for the rounding of sums"
        yield (
            f"If all inputs lie among {places}, a swap is safe{rounding}: there f has what is needed "
            f"(proved)."
        )
    if subject.kind in SELECTIONS:
        falls = shape is not None and shape.findings.get("nonincreasing", Finding(None)).holds is True
        if falls:
            one, other = ("max", "min") if subject.kind is Kind.SELECT_MAX else ("min", "max")
            yield (
                f"f never rises (proved), so the selection can be turned round: {one} of f(x) = f({other} of "
                f"x) (proofs/antitone.py).  Pool first with {other} pooling instead, and f is evaluated once "
                f"for each window."
            )
        yield (
            "An activation that never falls may be swapped: `ordering check NAME "
            f"{subject.pooling}` says of any whether it is one."
        )
    elif subject.kind in (Kind.MEAN, Kind.LINEAR):
        yield (
            "Only a straight line may be swapped with averages.  To pool before an activation, use max "
            "pooling with an activation that never falls."
        )
