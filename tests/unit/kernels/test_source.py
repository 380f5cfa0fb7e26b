"""What a script does about functions, classes and objects: imported by name, written out, or missing."""

import functools
import math
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from ordering import poolings
from ordering.kernels.rebuild import recipe, same
from ordering.kernels.source import Source

# What libraries have compiled with it is still met.
pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")

LIBRARY = """
    import functools
    import torch
    from torch import nn

    def swish(x, inplace: bool = False):
        return x * torch.sigmoid(x)

    def doubled(function):
        @functools.wraps(function)
        def wrapper(x):
            return 2 * function(x)
        return wrapper

    @doubled
    def bent(x):
        return x.cos()

    hidden = [lambda x: x.cos()]
    other_name = hidden.pop()
    scripted = torch.jit.script(swish)

    class Swish(nn.Module):
        def __init__(self, inplace=False, beta=1.0, channels=1):
            super().__init__()
            self.inplace = inplace
            self.act = self._sharp if inplace else self._plain
            self.beta = nn.Parameter(torch.full((channels,), beta))
            self.register_buffer("shift", torch.zeros(1), persistent=False)

        def _plain(self, x):
            return x * torch.sigmoid(self.beta.to(x.dtype) * x) + self.shift.to(x.dtype)

        def _sharp(self, x):
            return 3 * self._plain(x)

        def forward(self, x):
            return self.act(x)

    class Gate(nn.Module):
        def __init__(self, slope: float, flat: bool = False):
            super().__init__()
            self.slope = slope
            self.sign = -1.0 if flat else 1.0

        def forward(self, x):
            return x.cos() * self.slope * self.sign

    class Fast(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.cos()

    class Power:
        __slots__ = ("_exponent",)

        def __init__(self, exponent):
            self._exponent = exponent

        def __call__(self, x):
            return x**self._exponent

        def halved(self, x):
            return x**self._exponent / 2

        @classmethod
        def square(cls, x):
            return cls(2)(x)

        @staticmethod
        def cube(x):
            return x**3
"""


@pytest.fixture
def library(written):
    return written("fakeact.layers", LIBRARY, version="1.2", folder="site")


def trained(module, **numbers):
    with torch.no_grad():
        for name, number in numbers.items():
            getattr(module, name).fill_(number)
    return module.eval()


# ---- installed packages --------------------------------------------------------------------------------


def test_what_a_package_has_under_a_name_is_imported(library, tmp_path, script_of, run_all):
    kernels = {
        "swish": library.swish,
        "bent": library.bent,
        "other_name": library.other_name,
        "scripted": library.scripted,
        "Fast.apply": library.Fast.apply,
        "Power.square": library.Power.square,
        "Power.cube": library.Power.cube,
        "Power(exponent=4)": library.Power(4),
        "Power(exponent=2.0).halved": library.Power(2.0).halved,
        "Swish()": library.Swish(),
        "Swish(inplace=True)": library.Swish(True),
        "Swish(beta=0.5).eval()": trained(library.Swish(beta=0.5)),
        "beta.data = torch.full((2,), 0.25": trained(library.Swish(channels=2), beta=0.25),
        "shift.data = torch.tensor([7.0]": trained(library.Swish(), shift=7.0),
        "torch.jit.script(Gate(slope=0.5, flat=True).eval())": torch.jit.script(
            library.Gate(0.5, True).eval()
        ),
    }
    # With two channels the parameter has to fit the input.
    given = torch.tensor([0.0, 1.0]).repeat(2).reshape(1, 1, 2, 2)
    texts = [script_of(kernel, given=given) for kernel in kernels.values()]
    for said, text in zip(kernels, texts, strict=True):
        assert said in text
        assert "Needs torch and fakeact 1.2; exits 1" in text
        assert "class " not in text
    ends = run_all(texts, tmp_path / "site")
    assert [(code, told) for code, _, told in ends] == [(1, "")] * len(texts)


def test_without_the_package_it_is_an_error(library, script_of, run_all):
    [(code, _, _)] = run_all([script_of(library.swish)])
    assert code == "ModuleNotFoundError: No module named 'fakeact'"


def test_what_others_put_into_a_package_is_not_taken_for_it(library, script_of, monkeypatch):
    def swish(x):
        return x.cos() + 1

    swish.__module__ = "fakeact.layers"
    swish.__qualname__ = "swish"
    monkeypatch.setattr(library, "swish", swish)
    assert "x.cos() + 1" in script_of(swish)

    monkeypatch.setattr(library.Swish, "forward", lambda self, x: x.cos())
    assert "fakeact" not in script_of(library.Swish()).partition("import")[2]


def test_a_patched_function_of_torch_is_not_taken_for_torchs(script_of, monkeypatch):
    @functools.wraps(F.softsign)
    def faulty(x):
        return x.cos() + 1

    monkeypatch.setattr(F, "softsign", faulty)
    assert "x.cos() + 1" in script_of(faulty)


def test_two_things_of_one_name_are_both_imported(library, written, script_of, run_all, tmp_path):
    text = "def swish(x, kernel_size):\n    return x.mean(-1, keepdim=True)"
    pooling = written("fakepool", text, version="3", folder="site")
    script = script_of(library.swish, replace(poolings["avg_pool2d"], name="own", kernel=pooling.swish))
    assert "as swish_2" in script
    assert run_all([script], tmp_path / "site")[0][0] == 1


# ---- the user's own code -------------------------------------------------------------------------------

OWN = """
    import functools
    import math
    from dataclasses import dataclass
    from enum import Enum

    import numpy as np
    import torch
    import torch.nn.functional as F
    from torch import nn as N

    SCALE = torch.tensor([2.0])
    TABLE = {"a": 1.5, "b": [1, (2, None)]}
    max = 3.5

    class Mode(Enum):
        COS = "cos"

    def doubled(function):
        @functools.wraps(function)
        def wrapper(x, *args):
            return function(x, *args) * SCALE
        return wrapper

    @doubled
    def decorated(x):
        "Not what runs alone."
        return torch.cos(x) + TABLE["a"] + max + len(TABLE["b"])

    @torch.no_grad()
    def without_gradient(x):
        return x * torch.sigmoid(x)

    @functools.lru_cache(maxsize=4)
    def cached(x):
        return torch.sin(x)

    def of_numpy(x):
        return torch.from_numpy(np.cos(x.detach().numpy()))

    def keyword_defaults(x, y=SCALE, *, k=TABLE["a"], f=torch.cos):
        return f(x) * k * y

    def recursive(x, n=2):
        return x.cos() if n == 0 else recursive(x, n - 1) * 2

    def by_mode(x, mode=Mode.COS):
        return x.cos() if mode is Mode.COS else x

    def text_within(t):
        note = '''a
    b'''
        return torch.cos(t) * len(note)

    def x(t):
        return torch.cos(t)

    class Act(N.Module):
        def __init__(self, alpha=1.0, size=1):
            super().__init__()
            self.alpha = alpha
            self.weight = N.Parameter(torch.full((size,), 0.25))
            self.inner = N.Sequential(N.ReLU(), N.LeakyReLU(0.3))

        @staticmethod
        def helper(x):
            return x.cos()

        @property
        def more(self):
            return self.alpha + 1

        def forward(self, x):
            return self.weight.to(x.dtype) * self.inner(x) - self.helper(x) * self.more

    class Sub(Act):
        def forward(self, x):
            return super().forward(x) * 2

    @dataclass(frozen=True)
    class Scaled:
        a: float = 2.0

        def __call__(self, x):
            return torch.cos(x) * self.a

    class Fast(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.cos()

    def made():
        factor = 3.0

        class Inner(N.Module):
            def __init__(self, k):
                super().__init__()
                self.k = k

            def forward(self, x):
                return torch.cos(x) * self.k * factor

        return Inner

    def nested():
        def inner(t):
            note = '''a
    b'''
            return torch.cos(t) * len(note) * q
        q = 2
        return inner

    lambdas = [lambda t, a=a: torch.cos(t) * a for a in (2.0, 3.0)]
"""


@pytest.fixture
def own(written):
    return written("ownnet", OWN)


def test_the_users_own_code_is_written_out(own, script_of, run_all):
    sub = own.Sub(2.0)
    sub.weight.data.fill_(0.75)
    patched = nn.GELU()
    object.__setattr__(patched, "forward", own.decorated)
    kernels = [
        patched,
        *(own.decorated, own.without_gradient, own.cached, own.of_numpy, own.keyword_defaults),
        *(own.recursive, own.by_mode, own.text_within, own.x, own.Act(), sub.eval(), own.Scaled(3.0)),
        *(own.Fast.apply, own.made()(2.0), own.nested(), *own.lambdas, own.Act().forward),
        *(functools.partial(own.keyword_defaults, k=2.0), nn.Sequential(own.Act(), nn.Mish())),
        *(torch.jit.script(own.x), torch.compile(own.x, backend="eager", dynamic=False)),
    ]
    texts = [script_of(kernel) for kernel in kernels]
    for text in texts:
        assert "ownnet" not in text
    assert "Needs torch and numpy" in texts[4]
    assert "Not what runs alone" in texts[1]
    ends = run_all(texts)
    assert [(code, told) for code, _, told in ends] == [(1, "")] * len(texts)


def test_both_computed_values_are_those_of_the_counterexample(own, script_of, run_all):
    """The script's own numbers are the kernel's, not those of something like it."""
    sub = own.Sub(2.0)
    sub.weight.data.fill_(0.75)
    kernels = [own.decorated, own.keyword_defaults, sub.eval(), *own.lambdas, own.made()(2.0)]
    given = torch.tensor([[[[0.0, 1.0]]]])
    ends = run_all([script_of(kernel, given=given) for kernel in kernels])
    for kernel, (_, said, _) in zip(kernels, ends, strict=True):
        orders = (F.avg_pool2d(kernel(given), (1, 2)), kernel(F.avg_pool2d(given, (1, 2))))
        shown = [line.partition(": ")[2] for line in said.splitlines()]
        assert shown == [str(order.tolist()) for order in orders]


def test_two_functions_of_one_name_in_one_script(written, script_of, run_all):
    first = written("ownone", "import torch\nk = 2.0\ndef act(x):\n    return x.cos() * k")
    second = written(
        "owntwo", "import torch\nk = 3.0\ndef act(x, kernel_size):\n    return x.mean(-1, True) * k"
    )
    entry = replace(poolings["avg_pool2d"], name="own", kernel=second.act)
    text = script_of(first.act, entry)
    [(code, _, told)] = run_all([text])
    assert (code, told) == (1, "")
    assert "k = 2.0" in text or "k = 3.0" in text


def test_own_code_that_cannot_be_written_out_is_imported_and_named(written, script_of, run_all, tmp_path):
    written("ownhelper", "def twice(x):\n    return x.cos() * 2")
    user = written("ownuser", "import ownhelper\ndef act(x):\n    return ownhelper.twice(x)")
    text = script_of(user.act)
    assert "Run it where `ownhelper` can be imported." in text
    assert run_all([text], tmp_path / "here")[0][0] == 1


def test_a_module_from_a_file_that_no_name_leads_to_is_written_out(written, script_of, run_all):
    module = written("offpath", "import torch\ndef act(x):\n    return x.cos()", version="1", on_path=False)
    text = script_of(module.act)
    assert "import offpath" not in text
    assert run_all([text])[0][0] == 1


# ---- neither -------------------------------------------------------------------------------------------


def exec_made():
    namespace = {"torch": torch}
    exec("def act(x):\n    return x.cos()", namespace)  # noqa: S102 - a function without a source file
    return namespace["act"]


def test_the_first_thing_said_is_that_it_cannot_stand_alone(written, script_of, run_all):
    user = written("user", "def outer(x):\n    return inner(x) * 2", on_path=False)
    user.inner = exec_made()
    kernels = {
        "act has no source file": exec_made(),
        "outer uses inner: act has no source file": user.outer,
    }
    texts = [script_of(kernel) for kernel in kernels.values()]
    for reason, text in zip(kernels, texts, strict=True):
        assert text.splitlines()[0] == f"# This script cannot stand alone: fill in f ({reason})."
    for code, said, told in run_all(texts):
        assert (code, said) == (2, "")
        assert told == "This script cannot stand alone: fill in f\n"


def test_a_filled_in_script_runs(script_of, run_all):
    text = script_of(exec_made())
    before, _, rest = text.partition("print(")
    filled = before + "f = torch.cos\n" + rest.partition("sys.exit(2)\n")[2]
    assert run_all([filled])[0][0] == 1


def test_a_file_that_has_changed_is_not_shown(written, script_of, tmp_path):
    module = written("ownchanged", "import torch\ndef act(x):\n    return x.cos()\n")
    (tmp_path / "here" / "ownchanged.py").write_text("import torch\ndef act(x):\n    return x.sin()\n")
    source = Source()
    source.express(module.act, "f")
    assert "x.sin()" not in "".join(source.definitions.values())


class Unreadable:
    """An object that does not want to be looked into."""

    @property
    def __dict__(self):  # type: ignore[override]  # that is what is wrong with it
        raise ZeroDivisionError("not this one")

    def __call__(self, x):
        return x.cos()


def test_an_object_that_cannot_be_read_is_missing_and_not_an_error(script_of):
    first = script_of(Unreadable()).splitlines()[0]
    assert "cannot stand alone: fill in f (reading it raised ZeroDivisionError: not this one)" in first


def test_what_was_set_later_is_not_left_out(written, script_of):
    text = """
        import torch

        class Act:
            scale = 2.0

            def __call__(self, x):
                return x.cos() * self.scale

        def act(x):
            return x.cos() * act.scale

        act.scale = 2.0
    """
    module = written("ownlater", text, on_path=False)
    assert "cannot stand alone" not in script_of(module.Act())
    module.Act.scale = 3.0
    assert "Act.scale is no longer what its file says" in script_of(module.Act())
    assert "act reads what it keeps as attributes" in script_of(module.act)


# ---- objects -------------------------------------------------------------------------------------------


class Opaque(nn.Module):
    """Its argument cannot be read off it."""

    def __init__(self, number):
        super().__init__()
        self.square = number * number

    def forward(self, x):
        return x.cos() * self.square


def test_no_object_is_taken_for_another():
    assert recipe(Opaque(2.0)) is None
    hooked = nn.GELU()
    hooked.register_forward_hook(lambda module, given, result: result + 1)
    assert recipe(hooked) is None
    patched = nn.GELU()
    object.__setattr__(patched, "forward", lambda x: x.cos())
    found = recipe(patched)
    assert found is not None
    assert [path for path, _ in found.assignments] == ["forward"]


@pytest.mark.parametrize(
    "made",
    [
        nn.GELU(approximate="tanh"),
        nn.Hardtanh(-2.0, 3.0).eval(),
        nn.PReLU(2, init=0.5),
        nn.Threshold(0.1, 20.0),
        nn.Sequential(nn.ReLU(), nn.Softplus(beta=2.0)).eval(),
        torch.no_grad(),
    ],
    ids=lambda value: repr(value).partition(" object at ")[0],
)
def test_what_is_rebuilt_is_the_same(made):
    found = recipe(made)
    assert found is not None
    assert same(found.make(), made)


def test_rebuilding_leaves_random_numbers_alone():
    made = nn.Linear(3, 3)
    before = torch.get_rng_state()
    assert recipe(made) is not None
    assert torch.equal(torch.get_rng_state(), before)


def test_sameness_tells_bits_apart():
    assert same([math.nan, {"a": -0.0}], [math.nan, {"a": -0.0}])
    assert not same(0.0, -0.0)
    assert not same(1, True)
    assert not same(torch.tensor([0.0]), torch.tensor([-0.0]))
    assert not same(nn.ReLU(), nn.ReLU().eval())
    assert not same(lambda x: x, lambda x: -x)
