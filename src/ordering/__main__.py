"""`python -m ordering`: the same as the `ordering` command."""

from ordering.cli import main

if __name__ == "__main__":
    main()
