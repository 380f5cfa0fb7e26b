"""`ordering`, and `python -m ordering`: the command line.

Ctrl-C is taken care of before anything that takes time is imported, and until the process has ended.
"""

from ordering.running.interrupts import end_at_once, ignore


def main() -> None:
    """Run the command line."""
    end_at_once()
    try:
        from ordering.cli import main as command  # noqa: PLC0415  # see above

        command()
    finally:
        # All is said: what is left is taking the libraries down, and would end in a signal instead of a code.
        ignore()


if __name__ == "__main__":
    main()
