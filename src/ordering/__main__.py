"""`ordering`, and `python -m ordering`: the command line.

Ctrl-C is taken care of before anything that takes time is imported.
"""

from ordering.running.interrupts import end_at_once


def main() -> None:
    """Run the command line."""
    end_at_once()
    from ordering.cli import main as command  # noqa: PLC0415  # see above

    command()


if __name__ == "__main__":
    main()
