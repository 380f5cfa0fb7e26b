"""`verify`: ask the three worlds about one law, activation and pooling, and have their answers judged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import replace

import torch
from hypothesis.database import ExampleDatabase

from ordering.arguments import Location, flag
from ordering.arguments import executor as checked_executor
from ordering.arguments import workers as checked_workers
from ordering.errors import InvalidArgument, MixedMachines
from ordering.evidence import Kind, Verdict
from ordering.floats import Store, why_not_kept
from ordering.floats.digest import digest
from ordering.floats.scan import Scan
from ordering.floats.shelf import Shelf
from ordering.loading import (
    ActivationLike,
    LawLike,
    PoolingLike,
    load_activation,
    load_activations,
    load_law,
    load_laws,
    load_pooling,
    load_poolings,
)
from ordering.running.fleet import Pool, RemotePool, work
from ordering.running.interrupts import deferred
from ordering.running.local import available_cores, local_pool, may_fork
from ordering.running.threads import one_thread
from ordering.verdict.facts import claimed
from ordering.verdict.job import LARGE, Question, VerdictJob
from ordering.verdict.plan import VerdictPlan
from ordering.verdict.settings import Tell, checked, silent


def verify(
    activation: ActivationLike,
    pooling: PoolingLike,
    law: LawLike = "commutes",
    *,
    dtypes: torch.dtype | str | Iterable[torch.dtype | str] | None = None,
    effort: str = "quick",
    seed: int = 0,
    timeout: float = 10.0,
    store: Store | Location | None = None,
    database: ExampleDatabase | Location | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Tell | None = None,
) -> Verdict:
    """Cross-examine the reals, the floats and the kernels about one law.

    Parameters
    ----------
    activation, pooling, law:
        Entries, names of registered ones (`"max"` and `"avg"` are the 2-d poolings), `module:attribute` of
        your own code, or functions and modules, as `load_activation`, `load_pooling` and `load_law` take
        them.
    dtypes:
        The dtype to judge or its name, or several; by default those of the effort.  The worst verdict stands.
        float64 has too many values to scan: decided there is what rounds nothing (each result is the input or
        a constant) and what a witness refutes on the operators; the rest is undecided.
    effort:
        `"quick"` (float16 and bfloat16, exhaustively), `"standard"` (also float32), or `"exhaustive"`
        (ten times as many examples).
    seed:
        Of everything that is drawn, from -2^63 to 2^64 - 1; the same seed and versions give the same verdict.
    timeout:
        Seconds for each proof; past it the reals say `undecided`.
    store:
        Where certificates are kept and looked up, a `Store` or a folder; None scans anew.
    database:
        Where counterexamples are remembered and shared, as for `examine`; with one, what is shown depends on
        what earlier runs have found.
    workers, executor:
        Who works on it: processes of this machine, by default one for each core where there is that much to
        do, or the workers of an executor; as for `certify`.
    progress:
        Called with a line of text at each stage.

    Raises
    ------
    UnknownEntry, InvalidEntry, LoadError
        If a name is not registered, a reference cannot be loaded, or an argument is nothing of the kind.
    InvalidArgument
        If the law does not speak of this kind of pooling, or another argument cannot be used; nothing has
        been computed then.
    MixedMachines
        If the executor's workers are of several kinds: `verify_all` gives a verdict for each.
    KeyboardInterrupt
        After Ctrl-C; finished spans of a scan are in the store, if there is one.

    Examples
    --------
    >>> verify("relu", "max", dtypes=("float16",)).verdict
    'exact'
    """
    found = list(
        verify_all(
            [load_activation(activation)],
            [load_pooling(pooling)],
            [load_law(law)],
            dtypes=dtypes,
            effort=effort,
            seed=seed,
            timeout=timeout,
            store=store,
            database=database,
            workers=workers,
            executor=executor,
            progress=progress,
        )
    )
    if len(found) > 1:
        machines = "; ".join(str(each.machine) for each in found)
        raise MixedMachines(f"the executor's workers are of {len(found)} kinds: use verify_all ({machines})")
    return found[0]


def verify_all(
    of_activations: ActivationLike | Iterable[ActivationLike] | None,
    of_poolings: PoolingLike | Iterable[PoolingLike] | None,
    of_laws: LawLike | Iterable[LawLike] | None = "commutes",
    *,
    dtypes: torch.dtype | str | Iterable[torch.dtype | str] | None = None,
    effort: str = "quick",
    seed: int = 0,
    timeout: float = 10.0,
    store: Store | Location | None = None,
    database: ExampleDatabase | Location | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    partial: bool = False,
    progress: Tell | None = None,
) -> Iterator[Verdict]:
    """Verify every combination; each activation is proved and scanned once.

    Each of the first three is one or several of what `verify` takes, or None for all that are registered.

    Yields a `Verdict` as soon as it is known, one for each kind of machine among an executor's workers.  With
    `partial`, also before all of its dtypes are judged (they are `pending` then); the same claim comes again
    when more is known.  The other parameters and the errors are those of `verify`; the arguments are checked
    when it is called, before the first verdict is asked for.
    """
    its_activations, its_poolings = load_activations(of_activations), load_poolings(of_poolings)
    its_laws = load_laws(of_laws)
    settings = checked(dtypes, effort, seed, timeout, store, database, progress)
    crew, whose = checked_workers(workers), checked_executor(executor)
    flag("partial", partial)
    for law in its_laws:
        for pooling in its_poolings:
            if not law.applies_to(pooling):
                kinds = ", ".join(kind.value for kind in pooling.kinds)
                spoken = ", ".join(kind.value for kind in law.needs)
                raise InvalidArgument(
                    f"the law {law} does not speak of {pooling} ({kinds}); it speaks of: {spoken}"
                )
    question = Question(its_activations, its_poolings, its_laws, settings)
    found = _verdicts(question, crew, whose)
    return found if partial else (verdict for verdict in found if not verdict.pending)


def _verdicts(question: Question, workers: int | None, executor: Executor | None) -> Iterator[Verdict]:
    """Every verdict, whenever it has become more."""
    plans: dict[Kind, VerdictPlan] = {}

    def plan(kind: Kind) -> VerdictPlan:
        plans[kind] = VerdictPlan(question, kind, lambda index, seen: _scan(question, index, seen))
        return plans[kind]

    with deferred():
        pool = _pool(question, workers, executor)
    try:
        for kind in work(pool, plan):
            question.settings.tell(plans[kind].told())
            yield from plans[kind].news()
    except KeyboardInterrupt:
        # What was finished when it came has not been shown yet.
        for each in plans.values():
            yield from each.news()
        raise
    finally:
        for each in plans.values():
            each.flush()


def _pool(question: Question, workers: int | None, executor: Executor | None) -> Pool:
    """Workers that do not speak for themselves: the plan tells how far they are."""
    quiet = replace(question, settings=replace(question.settings, tell=silent))
    if executor is not None:
        # Other machines have neither this one's folders nor its connections.
        sent = replace(quiet, settings=replace(quiet.settings, store=None, database=None))
        return RemotePool(executor, VerdictJob(sent), 2 * (workers or available_cores()))
    tasks = len(question.activations) if LARGE not in question.settings.dtypes else available_cores()
    # Searches and proofs are not made for threads, which is what a system that cannot fork would have.
    crew = min(tasks, workers or available_cores()) if may_fork() else 1
    with one_thread():
        kind = VerdictJob(question).kind()
    return local_pool(lambda: VerdictJob(question if crew == 1 else quiet), kind, crew)


def _scan(question: Question, index: int, kind: Kind) -> Scan:
    """The plan of an activation's scan over the large dtype."""
    activation, store = question.activations[index], question.settings.store
    over = claimed(activation, LARGE)
    obstacle = "" if store is None else why_not_kept(activation)
    note = f"not stored: {obstacle}" if obstacle else ""
    shelf = None
    if store is not None and not obstacle:
        shelf = Shelf(store, digest(activation.kernel), over, "all", kind)
    return Scan(activation.name, over, "all", kind, shelf=shelf, note=note)
