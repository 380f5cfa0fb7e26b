"""`ordering ...`: the command group, whose commands are loaded only when they are run."""

from __future__ import annotations

from importlib import import_module

import click

from ordering import __version__
from ordering.cli.outputs import Refusal
from ordering.errors import OrderingError
from ordering.evidence.visible import LAYOUT, visible
from ordering.running.interrupts import INTERRUPTED

# name: one line of help.  The command lives in `ordering.cli.NAME` and is called `command` there.  The
# lines stand here so that `ordering --help` imports no command.
COMMANDS = {
    "report": "Verify the catalogue, print the table, write the report; --baseline tells what changed.",
    "replay": "The counterexamples of a report again, on this machine: still there, or gone?",
    "check": "One activation, one pooling: may they be swapped?",
    "explain": "Why they may be swapped or not: the claim, the theorem, the arithmetic, a picture.",
    "prove": "The shape of a function over the reals: proofs, exact witnesses, the drawdown.",
    "certify": "Evaluate an activation at every value of a dtype: where does it fall?",
    "claims": "The sentences of the post about activation and pooling, each ruled upon.",
    "observe": "Both orders on a real picture after a convolution.",
    "fuzz": "Your Hypothesis tests with fresh seeds, for a time, on all cores.",
    "list": "List the activations, poolings and laws.",
}


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is asked for, and not before."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of `COMMANDS`."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of that name, imported now; None lets click report an unknown command."""
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f"ordering.cli.{name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The help's list, from `COMMANDS` alone."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        """Turn the package's typed errors into a message and exit code 2, and Ctrl-C into 130.

        The commands end with click's `Exit`, so that a `SystemExit` is somebody else's: a kernel's, in this
        process or in a worker.
        """
        try:
            return super().invoke(ctx)
        except OrderingError as error:
            raise click.UsageError(visible(str(error), keep=LAYOUT), ctx=ctx) from error
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            raise click.exceptions.Exit(INTERRUPTED) from None
        except SystemExit as error:
            raise Refusal(
                f"a kernel, pooling or layer called sys.exit ({error.code!r}), which would have ended the "
                f"command without an answer; let it return a tensor or raise an error"
            ) from error
        except BrokenPipeError:
            raise  # click ends quietly where nobody reads on
        except OSError as error:
            raise Refusal(visible(f"the system refused: {error}")) from error


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ordering")
def main() -> None:
    """Does the order of activation and pooling matter?

    A proof, a certificate, or the smallest counterexample.
    """
