"""What a callable is, asked in the same way for every world: an activation's kernel, or what else."""

from ordering.examination.calling import Kernel, evaluate, module_of
from ordering.examination.examining import examine_kernel

__all__ = ["Kernel", "evaluate", "examine_kernel", "module_of"]
