"""Digests of the user's own classes and of installed packages: each change shows, and nothing else does."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, TypeVar

import pytest
import torch
from torch import Tensor, nn

from ordering import Activation, certify
from ordering.floats import Store
from ordering.floats.digest import Opaque, digest

Kernel = Callable[[Tensor], Tensor]

SOURCE = """
import torch
from torch import nn

OFFSET = 1.0
LIMITS = {"high": 6.0}


def helper(t):
    return inner(t) * 2.0


def inner(t):
    return t + OFFSET


def power(exponent):
    return lambda t: t**exponent


class Mixin:
    step = 0.5

    @staticmethod
    def clip(t):
        return t.clamp(max=LIMITS["high"])

    @classmethod
    def shift(cls, t):
        return t - cls.step


class Base(nn.Module):
    gain = 3.0

    def scale(self, t):
        return t * self.gain


class Memory:
    __slots__ = ("level",)

    def __init__(self, level):
        self.level = level

    def __call__(self, t):
        return t + self.level


class Mine(Mixin, Base):
    curve = staticmethod(power(3.0))

    def __init__(self, slope=0.125):
        super().__init__()
        self.slope = nn.Parameter(torch.tensor(slope))
        self.register_buffer("level", torch.tensor(0.25))
        self.act = nn.LeakyReLU(0.2)
        self.memory = Memory(0.75)
        self.settings = {"mode": ["soft", 1]}

    def extra_repr(self):
        return "mine"

    @property
    def steep(self):
        return self.slope * 8.0

    def scale(self, t):
        return super().scale(t) + 0.0

    def forward(self, t):
        t = self.act(helper(t)) + self.level
        t = self.memory(self.shift(self.clip(self.scale(t * self.steep))))
        return self.curve(t) if self.training else t
"""

# One change each, and the text that it replaces.
CHANGES = {
    "forward": ("+ self.level\n        t = self", "- self.level\n        t = self"),
    "helper": ("inner(t) * 2.0", "inner(t) * 2.5"),
    "helper's helper": ("return t + OFFSET", "return t - OFFSET"),
    "global constant": ("OFFSET = 1.0", "OFFSET = 1.5"),
    "content of a global": ('{"high": 6.0}', '{"high": 7.0}'),
    "closure": ("power(3.0)", "power(2.0)"),
    "code of a closure": ("lambda t: t**exponent", "lambda t: exponent**t"),
    "class attribute": ("gain = 3.0", "gain = 4.0"),
    "attribute of a mixin": ("step = 0.5", "step = 0.25"),
    "base's method": ("return t * self.gain", "return t / self.gain"),
    "super": ("super().scale(t) + 0.0", "super().scale(t) + 1.0"),
    "staticmethod": ("t.clamp(max=", "t.clamp(min="),
    "classmethod": ("return t - cls.step", "return t + cls.step"),
    "kind of a method": ("@staticmethod\n    def clip(t)", "def clip(self, t)"),
    "decorator": ("    @staticmethod\n", ""),
    "another decorator": ("@staticmethod", "@classmethod"),
    "property": ("self.slope * 8.0", "self.slope * 9.0"),
    "order of the bases": ("class Mine(Mixin, Base)", "class Mine(Base, Mixin)"),
    "base": ("class Mixin:", "class Mixin(nn.Identity):"),
    "parameter": ("slope=0.125", "slope=0.25"),
    "buffer": ('"level", torch.tensor(0.25)', '"level", torch.tensor(0.5)'),
    "type of a buffer": ('"level", torch.tensor(0.25)', '"level", torch.tensor(0.25).double()'),
    "buffer not saved": ("torch.tensor(0.25))", "torch.tensor(0.25), persistent=False)"),
    "part's setting": ("nn.LeakyReLU(0.2)", "nn.LeakyReLU(0.3)"),
    "part's class": ("nn.LeakyReLU(0.2)", "nn.RReLU(0.2)"),
    "inplace": ("nn.LeakyReLU(0.2)", "nn.LeakyReLU(0.2, inplace=True)"),
    "slot": ("Memory(0.75)", "Memory(0.5)"),
    "class of a part": ("return t + self.level\n\n", "return t * self.level\n\n"),
    "plain state": ('["soft", 1]', '["soft", 2]'),
    "new method": ("    def forward(", "    def __torch_function__(self):\n        pass\n\n    def forward("),
}
# What makes no difference to any call.
SAME = {
    "lines": ("OFFSET = 1.0", "\n\n# Moved.\nOFFSET = 1.0\n"),
    "another global": ("OFFSET = 1.0", "OFFSET = 1.0\nOTHER = open"),
    "name of the function that made it": ("power", "exponential"),
    "construction": ("Memory(0.75)", "Memory([0.75][0])"),
    "extra_repr": ('return "mine"', "return open(__file__).read()"),
}


def load(source: str, name: str = "written") -> ModuleType:
    module = ModuleType(name)
    exec(compile(source, f"{name}.py", "exec"), vars(module))  # noqa: S102  # our own text
    return module


def mine(source: str = SOURCE, name: str = "written") -> nn.Module:
    made: nn.Module = load(source, name).Mine()
    return made


def edited(change: tuple[str, str]) -> str:
    assert change[0] in SOURCE
    return SOURCE.replace(*change)


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_of_the_source_changes_the_digest(change: str) -> None:
    assert digest(mine(edited(CHANGES[change]))) != digest(mine())


def test_no_two_changes_have_one_digest() -> None:
    assert len({digest(mine(edited(change))) for change in CHANGES.values()}) == len(CHANGES)


@pytest.mark.parametrize("change", SAME)
def test_what_changes_no_result_keeps_the_digest(change: str) -> None:
    assert digest(mine(edited(SAME[change]))) == digest(mine())


def test_the_name_of_the_file_and_the_place_of_a_method_keep_the_digest() -> None:
    assert digest(mine(name="another")) == digest(mine())
    method = "    def scale(self, t):\n        return super().scale(t) + 0.0\n\n"
    moved = SOURCE.replace(method, "").replace("    @property\n", f"{method}    @property\n")
    assert moved != SOURCE
    assert digest(mine(moved)) == digest(mine())


def changes_of_state() -> dict[str, Callable[[Any], object]]:
    return {
        "parameter": lambda module: module.slope.data.add_(1),
        "buffer": lambda module: module.level.add_(1),
        "mode": lambda module: module.eval(),
        "mode of a part": lambda module: module.act.eval(),
        "part's setting": lambda module: setattr(module.act, "negative_slope", 0.5),
        "slot": lambda module: setattr(module.memory, "level", 0.5),
        "new attribute": lambda module: setattr(module, "gain", 5.0),
        "new slot's absence": lambda module: delattr(module.memory, "level"),
        "a method of its own": lambda module: setattr(module, "forward", lambda t: t),
        "parameter that is frozen": lambda module: module.requires_grad_(False),
        "note on a parameter": lambda module: setattr(module.slope, "scale", 2.0),
        "class": lambda module: setattr(type(module), "gain", 5.0),
    }


@pytest.mark.parametrize("change", changes_of_state())
def test_every_change_of_the_state_changes_the_digest(change: str) -> None:
    module = mine()
    before = digest(module)
    assert digest(module) == before
    changes_of_state()[change](module)
    assert digest(module) != before


def test_a_call_does_not_change_the_digest() -> None:
    module = mine()
    before = digest(module)
    module(torch.ones(3))
    assert digest(module) == before


def test_fresh_processes_agree_whatever_the_hashes_of_strings(tmp_path: Path) -> None:
    (tmp_path / "written.py").write_text(SOURCE + '\nMine.names = {"a", "b", "c", "d"}\n')
    program = "import written; from ordering.floats.digest import digest; print(digest(written.Mine()))"
    digests = set()
    # The second finds the file compiled.
    for seed in ("1", "2"):
        path = os.pathsep.join([str(tmp_path), *sys.path])
        run = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        digests.add(run.stdout)
    assert len(digests) == 1


def test_a_digest_of_a_module_takes_milliseconds() -> None:
    module = mine()
    digest(module)
    begin = time.perf_counter()
    for _ in range(10):
        digest(module)
    assert time.perf_counter() - begin < 0.5


def test_a_module_of_the_users_is_kept_and_found_again(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    first = certify(Activation("mine", kernel=mine().eval()), "float16", workers=1, store=store)
    assert "not stored" not in first.note
    again = certify(Activation("mine", kernel=mine().eval()), "float16", workers=1, store=store)
    assert again == first
    assert again.seconds == first.seconds
    assert len(list(store.path.iterdir())) == 1
    changed = mine(edited(CHANGES["global constant"])).eval()
    certify(Activation("mine", kernel=changed), "float16", workers=1, store=store)
    assert len(list(store.path.iterdir())) == 2


# What can be read.

T = TypeVar("T")


class Doubles(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, t: Tensor) -> Tensor:
        ctx.save_for_backward(t)
        return t * 2


class Typed(nn.Module, Generic[T]):
    @torch.no_grad()
    def forward(self, t: Tensor) -> Tensor:
        if t.numel() < 0:
            raise ValueError(f"{type(self).__name__}: {t}")
        return Doubles.apply(t)  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Record:
    """Its `__eq__` compares classes, so that all that makes another is read."""

    slope: float = 1.0

    def __call__(self, t: Tensor) -> Tensor:
        return t * self.slope


class Node:
    def __init__(self) -> None:
        self.next = self

    def __call__(self, t: Tensor) -> Tensor:
        return t if self.next is not self else t + 1


def test_other_ways_to_write_a_kernel_can_be_read() -> None:
    kernels: list[Any] = [
        Doubles.apply, Typed(), Node(), Node().__call__, nn.Sequential(Typed(), nn.ReLU()), Record(),
        Record(2.0),
    ]  # fmt: skip
    assert len({digest(kernel) for kernel in kernels}) == len(kernels)
    assert [digest(kernel) for kernel in kernels[1:3]] == [digest(Typed()), digest(Node())]


def test_a_class_that_the_code_makes_is_read_with_its_constructor() -> None:
    source = (
        "class Made:\n    def __init__(self): self.a = 1\n"
        "def kernel(t): return t * Made().a\n"
        "class Mine:\n    def __init__(self, a=1): self.a = 2\n"
        "    def __call__(self, t): return t * KIND().a\n"
    )
    assert digest(load(source).kernel) != digest(load(source.replace("a = 1", "a = 3")).kernel)
    for kind in ("type(self)", "self.__class__", "__class__", "(lambda: __class__)()"):
        text = source.replace("KIND", kind)
        before = digest(load(text).Mine())
        assert digest(load(text.replace("self.a = 2", "self.a = [2][0]")).Mine()) != before
        hooked = text + "    def __setattr__(self, name, value): object.__setattr__(self, name, 2)\n"
        assert digest(load(hooked).Mine()) != before
        assert digest(load(hooked.replace("name, 2", "name, 3")).Mine()) != digest(load(hooked).Mine())


def test_a_name_counts_only_where_something_asks_for_it() -> None:
    for factor, counts in (("len(type(self).__name__)", True), ("1", False)):
        one, other = (
            load(f"class Mine:\n    def __call__(self, t): return t * {factor}").Mine() for _ in range(2)
        )
        assert digest(one) == digest(other)
        type(other).__name__ = "Another"
        assert (digest(one) != digest(other)) is counts


def test_a_function_inside_a_function_is_read_with_its_globals() -> None:
    source = "C = 1\ndef kernel(t):\n    def inner(): return t * C\n    return inner()\n"
    assert digest(load(source).kernel) != digest(load(source.replace("C = 1", "C = 2")).kernel)


def test_a_float_of_numpy_is_not_a_float_of_python() -> None:
    """They compute in other precisions: `np.float64(0.1) * t` is numpy's multiplication."""
    assert digest(load("import numpy as np\nc = np.float64(0.1)\nf = lambda t: c * t").f) != digest(
        load("c = 0.1\nf = lambda t: c * t").f
    )


# Modules of the user's, reached as modules.


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A package of the user's, with a submodule."""
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "user_tools").mkdir()
    (tmp_path / "user_tools" / "__init__.py").write_text("from . import deep\nSCALE = 2.0\n")
    (tmp_path / "user_tools" / "deep.py").write_text("def f(t):\n    return t + 1\n")
    monkeypatch.delitem(sys.modules, "user_tools", raising=False)
    module = import_module("user_tools")
    yield module
    for name in [name for name in sys.modules if name.startswith("user_tools")]:
        del sys.modules[name]


def test_an_attribute_of_a_users_module_is_followed(tools: ModuleType) -> None:
    kernel = load(
        "import user_tools\ndef kernel(t):\n    return user_tools.deep.f(t) * user_tools.SCALE"
    ).kernel
    before = digest(kernel)
    assert digest(kernel) == before
    vars(tools)["SCALE"] = 3.0
    changed = digest(kernel)
    tools.deep.f = lambda t: t
    assert len({before, changed, digest(kernel)}) == 3


# Installed packages.


def install(
    folder: Path, name: str, source: str, *, version: str = "1.0", direct: str = "", needs: str = ""
) -> None:
    """What pip leaves behind."""
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.py").write_text(source)
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir()
    requires = f"Requires-Dist: {needs}\n" if needs else ""
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}")
    if direct:
        (info / "direct_url.json").write_text(direct)
    checksum = urlsafe_b64encode(sha256(source.encode()).digest()).decode().rstrip("=")
    (info / "RECORD").write_text(f"{name}.py,sha256={checksum},{len(source)}\n{info.name}/METADATA,,\n")


VENDOR = """
import os
from torch import nn

def f(t):
    return t * len(os.environ)

class Act(nn.Module):
    def __init__(self, slope=1.0):
        super().__init__()
        self.slope = slope
    def forward(self, t):
        self.count = os.getpid()
        return t * self.slope
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Callable[[str], Kernel]]:
    """Make a new folder of packages, and hand out kernels that use the package `vendor` in it."""
    folders: list[Path] = []

    def make(source: str = VENDOR, **details: str) -> Callable[[str], Kernel]:
        folder = tmp_path / f"site{len(folders)}"
        folders.append(folder)
        install(folder, "vendor", source, **details)
        if needs := details.get("needs", ""):
            install(folder, needs, "", version=folder.name[-1])
        monkeypatch.syspath_prepend(str(folder))
        monkeypatch.delitem(sys.modules, "vendor", raising=False)
        monkeypatch.setitem(sys.modules, "vendor", import_module("vendor"))
        return lambda text: load(f"import vendor\nfrom vendor import f, Act\nkernel = {text}").kernel

    return make


USES = [
    "f",
    "vendor.f",
    "Act()",
    "Act(2.0)",
    "lambda t: vendor.f(t)",
    "lambda t: f(t)",
    "type('Mine', (Act,), {'forward': lambda self, t: f(t)})()",
]


@pytest.mark.parametrize("use", USES)
def test_what_a_package_hands_out_is_its_name_and_version(
    use: str, site: Callable[..., Callable[[str], Kernel]]
) -> None:
    first = digest(site()(use))
    assert digest(site()(use)) == first
    assert digest(site(version="1.1")(use)) != first
    # One version, made twice from other sources, as `pip install .` does.
    assert digest(site(VENDOR + "\n")(use)) != first


def test_names_and_states_of_one_package_differ(site: Callable[..., Callable[[str], Kernel]]) -> None:
    kernel = site()
    assert digest(kernel("Act()")) != digest(kernel("Act(2.0)"))
    assert digest(kernel("f")) != digest(kernel("Act().forward"))


def test_what_a_package_may_call_is_read(site: Callable[..., Callable[[str], Kernel]]) -> None:
    """The package's code is not: its `forward` may call any method that a subclass has."""
    kernel = site()
    text = "type('Mine', (Act,), {'reset_parameters': lambda self: NUMBER})()"
    assert digest(kernel(text.replace("NUMBER", "1"))) != digest(kernel(text.replace("NUMBER", "2")))


def test_the_versions_of_what_a_package_requires_are_part_of_its_name(
    site: Callable[..., Callable[[str], Kernel]],
) -> None:
    assert digest(site(needs="vendor_base")("f")) != digest(site(needs="vendor_base")("f"))


def test_a_package_installed_for_editing_is_read(site: Callable[..., Callable[[str], Kernel]]) -> None:
    editable = '{"url": "file:///src", "dir_info": {"editable": true}}'
    with pytest.raises(Opaque, match="os of the standard library"):
        digest(site(direct=editable)("f"))
    readable = "def f(t):\n    return t + NUMBER\nclass Act: pass\nNUMBER = 1"
    first = digest(site(readable, direct=editable)("f"))
    assert digest(site(readable, direct=editable, version="2.0")("f")) == first
    assert digest(site(readable.replace("= 1", "= 2"), direct=editable)("f")) != first


# What cannot be read.


class Meta(type):
    pass


UNREADABLE = {
    "a file": ("open(__file__)", "t", "_io.TextIOWrapper"),
    "a lock": ("threading.Lock()", "t", "a _thread.lock cannot be read"),
    "a large tensor": ("torch.zeros(2**21)", "t", "too large"),
    "a compiled module": ("torch.jit.script(nn.ReLU())", "t", "RecursiveScriptModule"),
    "a compiled function": ("torch.compile(lambda t: t, backend='eager')", "t", "compiled"),
    "a module compiled in place": ("compiled()", "t", "compiled"),
    "a module with hooks": ("hooked()", "t", "hooks"),
    "state that is assigned": ("0", "(setattr(self, 'state', 1), t)[1]", "setattr"),
    "an iterator": ("iter([1])", "t", "list_iterator"),
    "a metaclass": ("Meta('Odd', (), {})()", "t", "Odd is made by"),
    "a dictionary with more": ("type('Odd', (dict,), {})()", "t", "Odd cannot be read"),
    "an enumeration": ("enum.Enum('Odd', 'a').a", "t", "Enum"),
    "a set of objects": ("{len}", "t", "a set"),
    "a generator of numbers": ("torch.Generator()", "t", "Generator"),
    "a module as a value": ("math", "len(dir(user)) * t", "used as a value"),
    "the file system": ("0", "torch.load('x') * t", "load"),
    "operators of others": ("0", "torch.ops.mine.f(t)", "ops"),
    "a file by another name": ("eval", "t", "eval"),
    "the environment": ("0", "t * len(os.environ)", "standard library"),
    "time": ("0", "t * clock()", "standard library"),
    "what has no value": ("0", "absent(t)", "no value yet"),
    "what a module lacks": ("0", "user.absent(t)", "not a plain attribute"),
    "what frames show": ("0", "self.forward.__func__.__globals__['t']", "__globals__"),
}


@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")
@pytest.mark.parametrize("case", UNREADABLE)
def test_what_cannot_be_read_says_so(case: str) -> None:
    state, result, message = UNREADABLE[case]
    module = load(
        "import enum, math, os, threading, torch\nfrom time import time as clock\nfrom torch import nn\n"
        "class Mine(nn.Module):\n"
        "    def __init__(self, state): super().__init__(); self.state = state\n"
        f"    def forward(self, t): return {result}\n"
    )

    def hooked() -> nn.Module:
        made = nn.ReLU()
        made.register_forward_hook(lambda module, given, result: result)
        return made

    def compiled() -> nn.Module:
        made = nn.ReLU()
        made.compile(backend="eager")
        return made

    vars(module).update(user=ModuleType("user"), Meta=Meta, hooked=hooked, compiled=compiled)
    held = eval(state, {**vars(module), "__file__": __file__})  # noqa: S307  # our own text
    try:
        with pytest.raises(Opaque, match=message):
            digest(module.Mine(held))
    finally:
        if hasattr(held, "close"):
            held.close()


@pytest.mark.parametrize(
    "line",
    ["self.count += 1", "del self.count", "self.part.count = 1", "self.register_buffer('a', t)",
     "self.__dict__['a'] = t", "super().__setattr__('a', t)", "bump(self)",
        "self.__init__()"],
)  # fmt: skip
def test_state_that_outlives_the_call_cannot_be_read(line: str) -> None:
    module = load(
        "from torch import nn\ndef bump(other): other.count = 1\n"
        f"class Mine(nn.Module):\n    count = 0\n"
        f"    def forward(self, t):\n        {line}\n        return t\n"
    )
    with pytest.raises(Opaque, match=r"it assigns '.*', which outlives the call"):
        digest(module.Mine())


def test_idle_methods_are_read_where_something_calls_them() -> None:
    text = (
        "class Mine:\n    def reset_parameters(self): self.a = 1\n"
        "    def __call__(self, t):\n        return t\n"
    )
    assert digest(load(text).Mine())
    with pytest.raises(Opaque, match="reset_parameters: it assigns 'a'"):
        digest(load(text + "\ndef helper(mine): mine.reset_parameters()\nMine.other = helper").Mine())


def test_relative_imports_in_a_function_are_not_taken_for_a_librarys() -> None:
    with pytest.raises(Opaque, match="the package that it is in"):
        digest(load("def kernel(t):\n    from .math import f\n    return f(t)").kernel)


def test_things_nested_without_end_cannot_be_read() -> None:
    deep: list[object] = []
    for _ in range(10_000):
        deep = [deep]
    kernel = mine()
    kernel.deep = deep  # type: ignore[assignment]
    with pytest.raises(Opaque, match="too deep"):
        digest(kernel)


def test_a_hook_on_all_modules_cannot_be_read() -> None:
    handle = nn.modules.module.register_module_forward_hook(lambda module, given, result: None)
    try:
        with pytest.raises(Opaque, match="hooks"):
            digest(nn.ReLU())
    finally:
        handle.remove()
    assert digest(nn.ReLU())
