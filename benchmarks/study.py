"""The training study of `ordering claims 3`: does pooling first hurt, and are zeros the reason?

    python benchmarks/study.py [--seeds 24] [--out study.json] [--journal study.jsonl]

Trains the small network of `ordering.claims.training` on scikit-learn's digits with average pooling, in both
orders, for each seed and each of three activations; the two orders of a seed share the split, the first
weights and the order of the pictures.  One torch thread; about two seconds a run.  Each run goes to the
journal when it is done, and a study that was interrupted goes on from there.  `ordering claims 3 --study
study.json` rules on the results; those in `src/ordering/claims/study.json` are what it reads by default.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from ordering.claims.study import collected, runs, study_data, todo
from ordering.claims.training import Run, Setup
from ordering.errors import OrderingError
from ordering.running.interrupts import INTERRUPTED, deferred


def main() -> int:
    """Run the study, or what is left of it, and write its file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=24)
    parser.add_argument("--out", type=Path, default=Path("study.json"))
    parser.add_argument("--journal", type=Path, default=Path("study.jsonl"))
    options = parser.parse_args()
    setup = Setup()
    made: list[Run] = []
    spent, fresh = 0.0, 0
    try:
        wanted = todo(options.seeds)
        with deferred():
            last = time.monotonic()
            for run, new in runs(wanted, setup, options.journal):
                made.append(run)
                if new:
                    fresh, spent = fresh + 1, spent + time.monotonic() - last
                    left = (len(wanted) - len(made)) * spent / fresh
                    print(
                        f"[{len(made)}/{len(wanted)}] seed {run.seed}, {run.activation}, {run.order}: "
                        f"accuracy {run.accuracy:.4f}; {left:.0f} s left",
                        file=sys.stderr,
                    )
                last = time.monotonic()
    except KeyboardInterrupt:
        print(f"interrupted: {len(made)} runs are in {options.journal}", file=sys.stderr)
        return INTERRUPTED
    except OrderingError as error:
        print(error, file=sys.stderr)
        return 2
    command = f"python benchmarks/study.py --seeds {options.seeds}"
    study = collected(made, setup, command, round(spent, 1))
    options.out.write_text(
        json.dumps(study_data(study), indent=None, separators=(",", ":")) + "\n", encoding="utf-8"
    )
    print(f"wrote {options.out}: now `ordering claims 3 --study {options.out}`")
    return 0


if __name__ == "__main__":
    sys.exit(main())
