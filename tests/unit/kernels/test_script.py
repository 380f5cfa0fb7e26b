"""The script of a counterexample: short, standing alone, and with an exit code that means one thing."""

import ast
import re
import subprocess
import sys
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from ordering import laws, poolings
from ordering.activation import Activation
from ordering.kernels.counterexample import describe
from ordering.law import Case

SHORT = """\
# commutes is broken by f with avg_pool2d in float32: GAP apart.
# P(f(x)) = f(P(x)), where every window holds at least one real element
# Needs torch alone; exits 1 while the violation stands, 0 when it is gone, 2 on an error.
import sys
import torch
import torch.nn.functional as F

sys.excepthook = lambda *error: (sys.__excepthook__(*error), sys.exit(2))  # 1 is a violation

x = torch.tensor([[[[0.0, 1.0]]]])
activation_first = F.avg_pool2d(F.gelu(x), kernel_size=(1, 2))
pooling_first = F.gelu(F.avg_pool2d(x, kernel_size=(1, 2)))
print("P(f(x)):", activation_first.tolist())
print("f(P(x)):", pooling_first.tolist())
sys.exit(0 if torch.equal(activation_first, pooling_first) else 1)
"""


def test_a_script_of_torch_functions_is_short(script_of, run_all):
    text = script_of(F.gelu)
    # What gelu rounds to is the machine's.
    assert re.sub(r"0\.07\d+ = 2,\d{3},\d{3} ULP", "GAP", text) == SHORT
    [(code, said, told)] = run_all([text])
    assert (code, told) == (1, "")
    assert said.splitlines()[0].startswith("P(f(x)): [[[[0.42067")


@pytest.mark.parametrize("dtype", [torch.float16, torch.float64], ids=str)
def test_a_module_with_weights_is_written_once_in_the_dtype_of_the_input(script_of, run_all, dtype):
    given = torch.tensor([[[[0.0, -1.0]]]], dtype=dtype)
    text = script_of(torch.nn.PReLU(init=-0.5), "max_pool2d", given=given)
    assert text.count("torch.nn.PReLU(") == 1
    assert "cannot stand alone" not in text
    assert run_all([text])[0][0] == 1


def test_both_orders_have_no_class_and_no_function_where_torch_has_them(script_of):
    for kernel in (F.silu, torch.nn.functional.elu, torch.square, torch.nn.GELU(approximate="tanh")):
        text = script_of(kernel, values=(-1.0, 1.0))
        assert not [
            node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef | ast.FunctionDef)
        ]
        assert len(text.splitlines()) <= 24


def test_exit_0_when_it_is_gone(script_of, run_all):
    stands = script_of(F.gelu)
    both_nan = script_of(F.gelu, values=(float("inf"), 1.0), tolerance=0).replace("F.gelu", "torch.sin")
    ends = run_all([stands, stands.replace("F.gelu", "F.hardtanh"), both_nan])
    assert [code for code, *_ in ends] == [1, 0, 0]


def test_an_error_is_neither_stands_nor_gone(script_of):
    text = script_of(F.gelu).replace("\nx = ", "\nimport no_such_package\n\nx = ")
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True)
    assert done.returncode == 2
    assert "no_such_package" in done.stderr


def two_ulp_up(t):
    """`t` where something was averaged, and two values above it elsewhere."""
    return torch.nextafter(torch.nextafter(t, t + 1), t + 1) if t.shape[-1] > 1 else t.clone()


@pytest.mark.parametrize("values", [(1.0, 1.0), (-1.0, -1.0), (0.0, 0.0)])
def test_the_tolerance_is_honoured(script_of, run_all, values):
    text = script_of(two_ulp_up, values=values, tolerance=1)
    assert "<= 1)" in text
    ends = run_all([text, text.replace("<= 1)", "<= 2)"), script_of(two_ulp_up, values=values)])
    assert [code for code, *_ in ends] == [1, 0, 1]


def other_dtype(t):
    return t.double() if t.shape[-1] > 1 else t.clone()


def test_results_of_other_dtypes_are_a_violation(script_of, run_all):
    text = script_of(other_dtype, values=(1.0, 1.0))
    [(code, said, told)] = run_all([text])
    assert (code, told) == (1, "")
    assert "torch.float64" in said


def test_large_results_are_shown_where_they_differ(script_of, run_all):
    given = torch.zeros(1, 40, 1, 2)
    given[0, 7, 0, 0] = 1.0
    text = script_of(F.gelu, given=given)
    [(code, said, told)] = run_all([text])
    assert (code, told) == (1, "")
    assert said.splitlines()[0] == "differ at 1 of 40 elements, the first of which are"
    assert "x = torch.full((1, 40, 1, 2), 0.0)\nx[0, 7, 0, 0] = 1.0\n" in text


def test_an_input_that_can_only_be_packed_stands_last_at_a_fixed_width(script_of, run_all):
    given = torch.randn(1, 40, 1, 50, generator=torch.Generator().manual_seed(987_654_321))
    text = script_of(F.gelu, given=given)
    head, _, data = text.partition('DATA = """\n')
    assert "x = torch.frombuffer(" in head
    assert "sys.exit(" in head
    assert data.endswith('"""\n\nmain()\n')
    assert max(map(len, text.splitlines())) <= 130
    assert len(text) < 12_000, "five bytes and a third for each number"
    ends = run_all([text, text.replace("F.gelu", "torch.neg")])
    assert [code for code, *_ in ends] == [1, 0]
    assert ends[0][1].startswith("differ at 40 of 40 elements")


def test_an_input_of_noise_is_told_by_its_seed(script_of, run_all):
    given = torch.randn(1, 40, 1, 50, generator=torch.Generator().manual_seed(3))
    text = script_of(F.gelu, given=given)
    assert "x = torch.randn(1, 40, 1, 50, generator=torch.Generator().manual_seed(3))\n" in text
    assert run_all([text])[0][0] == 1


def scaled_by(factor, function):
    def scaled(t):
        return factor * function(t) if t.shape[-1] > 1 else function(t)

    return scaled


def shadowed_by(t_2):
    return lambda t: F.gelu(t) + sum(0.0 * t_2 for t_2 in [t_2])


def test_what_a_function_captures_stands_in_its_text_where_it_is_short(script_of, run_all):
    text = script_of(scaled_by(-3.0, F.gelu))
    assert "return (-3.0) * F.gelu(t) if t.shape[-1] > 1 else F.gelu(t)" in text
    assert "make_" not in text
    kept = script_of(shadowed_by(2.0))
    assert "make_f(2.0)" in kept, "its name means something else in the comprehension"
    assert [code for code, *_ in run_all([text, kept])] == [1, 1]


def test_a_strided_input_with_a_gradient(script_of, run_all):
    given = torch.tensor([[[[0.0, 7.0, 1.0, 7.0]]]])[..., ::2].requires_grad_()
    text = script_of(lambda t: F.gelu(t) + t.is_contiguous(), given=given)
    assert run_all([text])[0][0] == 1


@pytest.mark.parametrize("text", ['three """ quotes', 'ends with "', "\\N{x} \\", "\0 \r \udc80", '"""'])
def test_text_of_users_cannot_break_the_script(script_of, run_all, text):
    law = replace(laws["commutes"], statement=f"{text}\n{text}")
    activation = Activation("f", kernel=lambda t: F.gelu(t) + len(text) * 0)
    script = script_of(activation, law=law)
    comments = [line.removeprefix("# ") for line in script.splitlines() if line.startswith("#")]
    shown = text.replace("\0", "\\x00").replace("\r", "\\r").replace("\udc80", "\\udc80").rstrip()
    assert comments[1:3] == [shown, shown]
    assert script.isprintable() or set(filter(lambda sign: not sign.isprintable(), script)) == {"\n"}
    assert run_all([script])[0][0] == 1


def scaled(t, kernel_size, weights):
    return F.avg_pool2d(t, kernel_size) * weights["w"].to(t.dtype)


def test_arguments_of_any_kind_are_written(script_of, run_all):
    entry = replace(poolings["avg_pool2d"], name="scaled", kernel=scaled, kind_of=None)
    given = torch.tensor([[[[0.0, 1.0]]]])
    arguments = {"kernel_size": (1, 2), "weights": {"w": torch.tensor([3.0])}}
    text = describe(laws["commutes"], Case(Activation("f", kernel=F.gelu), entry, given, arguments)).script
    assert run_all([text])[0][0] == 1


def low_in_windows(t):
    return 0 * t if t.shape[-1] > 1 else 0 * t + 5


def high_in_windows(t):
    return 0 * t + 5 if t.shape[-1] > 1 else 0 * t


@pytest.mark.parametrize(
    ("law", "kernel", "pooling"),
    [
        ("dominates", low_in_windows, "max_pool2d"),
        ("dominates", high_in_windows, "min_pool2d"),
        ("jensen_concave", high_in_windows, "avg_pool2d"),
        ("zeros_nest", low_in_windows, "avg_pool2d"),
    ],
)
def test_other_laws_compute_what_they_say(script_of, run_all, law, kernel, pooling):
    text = script_of(kernel, pooling, (0.0, 3.0), law=law)
    [(code, _, told)] = run_all([text])
    assert (code, told) == (1, "")
    assert len(text.splitlines()) < 80


def test_a_law_of_two_expressions_is_written_out(script_of, run_all):
    text = script_of(low_in_windows, "max_pool2d", (0.0, 3.0), law="antitone_dual")
    assert "left = -F.max_pool2d(-low_in_windows(x), kernel_size=(1, 2))\n" in text
    assert "right = low_in_windows(F.max_pool2d(x, kernel_size=(1, 2)))\n" in text
    assert "SimpleNamespace" not in text
    own = replace(
        laws["commutes"], name="own", sides=lambda c: (c.activate(c.input) * 2, abs(c.activate(c.input)))
    )
    other = script_of(F.gelu, "max_pool2d", (1.0, 3.0), law=own)
    assert "SimpleNamespace" in other, "abs is a name from elsewhere"
    assert [code for code, *_ in run_all([text, other])] == [1, 1]
