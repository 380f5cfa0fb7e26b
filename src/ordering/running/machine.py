"""The fingerprint of the machine that this process runs on, read in one place."""

from __future__ import annotations

import ctypes
import os
import platform
import re
from functools import lru_cache
from pathlib import Path
from typing import Final

import torch

from ordering.evidence import Machine

# Features that some kernel of torch, oneDNN or MKL is selected by.
SELECTING: Final = re.compile(r"sse4_\d|avx.*|fma\d?|f16c|amx_.*|neon.*|sve.*|bf16|fp16|asimd.*|vsx|zvector")
# oneDNN's instruction sets from least to best, each with the feature that it adds to those before it.
ONEDNN: Final = {
    "SSE41": "sse4_1",
    "AVX": "avx",
    "AVX2": "avx2",
    "AVX2_VNNI": "avx_vnni",
    "AVX2_VNNI_2": "avx_ne_convert",
    "AVX512_CORE": "avx512_bw",
    "AVX512_CORE_VNNI": "avx512_vnni",
    "AVX512_CORE_BF16": "avx512_bf16",
    "AVX512_CORE_FP16": "avx512_fp16",
    "AVX512_CORE_AMX": "amx_bf16",
    "AVX512_CORE_AMX_FP16": "amx_fp16",
}
# What MKL's `mkl_vml_serv_cpu_detect` returns; the numbers between are processors without code of their own.
VML: Final = {0: "SSE2", 2: "SSE4.2", 3: "AVX2", 5: "AVX512"}
# What MKL's `mkl_serv_cbwr_get` returns where nothing was asked for: the branch is the processor's best.
CBWR_AUTO: Final = (1, 2)


def this_machine() -> Machine:
    """The machine as it is set up at this moment, for the calling thread."""
    return Machine(
        system=f"{platform.system()} {platform.machine()}",
        cpu=_cpu(),
        flags=" ".join(flags()),
        torch=torch.__version__,
        aten=torch.backends.cpu.get_cpu_capability(),
        onednn=_onednn(),
        mkl=_mkl(),
        flush_denormal=_flushes(),
        threads=torch.get_num_threads(),
    )


@lru_cache(maxsize=1)
def flags() -> tuple[str, ...]:
    """The processor's features that select code, whatever the settings forbid to use."""
    has = (name for name, value in _capabilities().items() if value is True)
    return tuple(sorted(filter(SELECTING.fullmatch, has)))


def _capabilities() -> dict[str, object]:
    read = getattr(torch.cpu, "get_capabilities", None)  # since torch 2.10
    return dict(read()) if read is not None else {}


@lru_cache(maxsize=1)
def _cpu() -> str:
    """The model as the system has it; torch knows it only by its family."""
    known = str(_capabilities().get("cpu_name") or platform.processor() or platform.machine())
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return known
    found = dict(re.findall(r"^(model name|cpu family|model|stepping)\s*:\s*(.*)$", text, re.MULTILINE))
    numbers = [f"{name} {found[key]}" for name, key in NUMBERS.items() if key in found]
    return ", ".join((found.get("model name", known), *numbers))


NUMBERS: Final = {"family": "cpu family", "model": "model", "stepping": "stepping"}


def _onednn() -> str:
    """The best set that the processor has and the settings allow; oneDNN itself does not tell."""
    if not (torch._C._has_mkldnn and torch._C._get_mkldnn_enabled()):
        return "off"
    most = os.environ.get("ONEDNN_MAX_CPU_ISA") or os.environ.get("DNNL_MAX_CPU_ISA") or "ALL"
    names = list(ONEDNN)
    allowed = names[: names.index(most.upper()) + 1] if most.upper() in ONEDNN else names
    has = set(flags())
    best = [name for name in allowed if ONEDNN[name] in has]
    precision = os.environ.get("ONEDNN_DEFAULT_FPMATH_MODE") or os.environ.get("DNNL_DEFAULT_FPMATH_MODE")
    return (best[-1] if best else most) + (f" ({precision} arithmetic)" if precision else "")


def _mkl() -> str:
    """What MKL says that it dispatches to; its settings where it does not say."""
    if not torch._C.has_mkl:
        return "none"
    library = _library()
    try:
        level = library.mkl_vml_serv_cpu_detect()
        branch = library.mkl_serv_cbwr_get(1)
    except AttributeError:  # not exported from this build of torch
        settings = (f"{name}={os.environ[name]}" for name in MKL_SETTINGS if name in os.environ)
        return ", ".join(("on", *settings))
    return VML.get(level, f"level {level}") + ("" if branch in CBWR_AUTO else f", CBWR branch {branch}")


MKL_SETTINGS: Final = ("MKL_CBWR", "MKL_ENABLE_INSTRUCTIONS")


@lru_cache(maxsize=1)
def _library() -> ctypes.CDLL:
    """torch's own library, which holds MKL; it is loaded already."""
    folder = Path(torch.__file__).parent / "lib"
    return ctypes.CDLL(str(next(folder.glob("*torch_cpu.*"))))


def _flushes() -> bool:
    """Whether the half of a subnormal number is zero here: torch has no way to ask."""
    return bool((torch.full((1,), 2.0**-140) * 0.5 == 0).item())
