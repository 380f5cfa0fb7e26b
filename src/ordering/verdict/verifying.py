"""`verify`: ask the three worlds about one law, activation and pooling, and have their answers judged."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import torch
from hypothesis.database import ExampleDatabase

from ordering.activation import Activation
from ordering.catalogue import activations, laws, poolings
from ordering.errors import InvalidArgument, KernelError, NotApplicable, NothingCompared
from ordering.evidence import Answer, DtypeVerdict, Outcome, Verdict, WorldAnswer
from ordering.floats import Store
from ordering.law import Law
from ordering.pooling import Pooling
from ordering.verdict.hearing import hear
from ordering.verdict.judge import judge
from ordering.verdict.profile import Profile, profile
from ordering.verdict.settings import Settings, Tell, checked, name_of

WORLDS: Final = ("reals", "floats", "kernels")


def verify(
    activation: Activation | str,
    pooling: Pooling | str,
    law: Law | str = "commutes",
    *,
    dtypes: Sequence[torch.dtype | str] | None = None,
    effort: str = "quick",
    seed: int = 0,
    timeout: float = 10.0,
    store: Store | None = None,
    database: ExampleDatabase | str | None = None,
    progress: Tell | None = None,
) -> Verdict:
    """Cross-examine the reals, the floats and the kernels about one law.

    Parameters
    ----------
    activation, pooling, law:
        Entries, or names of registered ones (`"max"` and `"avg"` are the 2-d poolings).
    dtypes:
        The dtypes to judge, or their names; by default those of the effort.  The worst verdict stands.
    effort:
        `"quick"` (float16 and bfloat16, exhaustively), `"standard"` (also float32), or `"exhaustive"`
        (ten times as many examples).
    seed:
        Of everything that is drawn; the same seed and versions give the same verdict.
    timeout:
        Seconds for each proof; past it the reals say `undecided`.
    store:
        Where certificates are kept and looked up; None scans anew.
    database:
        Where counterexamples are remembered and shared, as for `examine`; with one, what is shown depends on
        what earlier runs have found.
    progress:
        Called with a line of text at each stage.

    Raises
    ------
    UnknownEntry, InvalidEntry
        If a name is not registered, or an argument is neither an entry nor a name.
    InvalidArgument
        If the effort or a dtype is not known, the law does not speak of this kind of pooling, or the database
        cannot be used.

    Examples
    --------
    >>> verify("relu", "max", dtypes=("float16",)).verdict
    'exact'
    """
    [verdict] = verify_all(
        [activations.resolve(activation)],
        [poolings.resolve(pooling)],
        [laws.resolve(law)],
        dtypes=dtypes,
        effort=effort,
        seed=seed,
        timeout=timeout,
        store=store,
        database=database,
        progress=progress,
    )
    return verdict


def verify_all(
    of_activations: Iterable[Activation],
    of_poolings: Sequence[Pooling],
    of_laws: Sequence[Law],
    *,
    dtypes: Sequence[torch.dtype | str] | None = None,
    effort: str = "quick",
    seed: int = 0,
    timeout: float = 10.0,
    store: Store | None = None,
    database: ExampleDatabase | str | None = None,
    progress: Tell | None = None,
) -> Iterator[Verdict]:
    """Verify every combination, activation by activation, so that each is proved and scanned once.

    Yields a `Verdict` as soon as it is known.  Parameters and errors are those of `verify`; the arguments
    are checked before the first verdict.
    """
    settings = checked(dtypes, effort, seed, timeout, store, database, progress)
    for law in of_laws:
        for pooling in of_poolings:
            if not law.applies_to(pooling):
                kinds = ", ".join(kind.value for kind in pooling.kinds)
                spoken = ", ".join(kind.value for kind in law.needs)
                raise InvalidArgument(
                    f"the law {law} does not speak of {pooling} ({kinds}); it speaks of: {spoken}"
                )
    return _verdicts(of_activations, of_poolings, of_laws, settings)


def _verdicts(
    of_activations: Iterable[Activation],
    of_poolings: Sequence[Pooling],
    of_laws: Sequence[Law],
    settings: Settings,
) -> Iterator[Verdict]:
    for activation in of_activations:
        known = profile(activation, settings)
        for law in of_laws:
            for pooling in of_poolings:
                yield _verdict(known, pooling, law, settings)


def _verdict(known: Profile, pooling: Pooling, law: Law, settings: Settings) -> Verdict:
    start = time.perf_counter()
    by_dtype = {}
    for dtype in settings.dtypes:
        settings.tell(f"{known.activation}: {law} with {pooling} in {name_of(dtype)}")
        by_dtype[name_of(dtype)] = _judged(known, pooling, law, dtype, settings)
    return Verdict(
        activation=known.activation.name,
        pooling=pooling.name,
        law=law.name,
        effort=settings.effort,
        by_dtype=by_dtype,
        shape=known.shape,
        fidelity=known.fidelity,
        certificates=tuple(known.certificates.values()),
        seconds=time.perf_counter() - start,
    )


def _judged(
    known: Profile, pooling: Pooling, law: Law, dtype: torch.dtype, settings: Settings
) -> DtypeVerdict:
    if known.broken:
        return _unheard(name_of(dtype), Answer.ERROR, known.broken)
    try:
        return judge(hear(known, pooling, law, dtype, settings))
    except (KernelError, NothingCompared) as error:
        return _unheard(name_of(dtype), Answer.ERROR, str(error))
    except NotApplicable as error:
        return _unheard(name_of(dtype), Answer.UNDECIDED, str(error))


def _unheard(dtype: str, answer: Answer, why: str) -> DtypeVerdict:
    """The verdict where the operators could not be examined at all."""
    outcome = Outcome.ERROR if answer is Answer.ERROR else Outcome.UNDECIDED
    worlds = {
        world: WorldAnswer(world, outcome if world == "kernels" else Outcome.NOT_APPLICABLE, why)
        for world in WORLDS
    }
    return DtypeVerdict(dtype, answer, why, worlds)
