"""How things are run: on which machine, on which workers, with how many threads, and how they are stopped.

`machine` and `levels` say what a result is true of; `threads` and `interrupts` guard our own loops; `fleet`
hands tasks to workers of any `concurrent.futures.Executor`, of which `local` makes those of this machine.
"""
