"""Graded comparison: every grade, relation and tolerance, and what must never compare as equal."""

import math

import pytest
import torch

from ordering.evidence import Grade
from ordering.kernels import compare
from ordering.law import Relation

NAN, INF = math.nan, math.inf


def of(*values, dtype=torch.float32):
    return torch.tensor(values, dtype=dtype)


@pytest.mark.parametrize(
    ("left", "right", "grade", "index", "differing"),
    [
        (of(1.0, NAN), of(1.0, NAN), Grade.BITWISE, None, 0),
        (of(0.0, -0.0), of(-0.0, -0.0), Grade.EQUAL, None, 1),
        (of(1.0, 2.0), of(1.0, 2.0000002384185791), Grade.ULP, (1,), 1),
        (of(NAN, 1.0), of(0.0, 1.0), Grade.DIFFERENT, (0,), 1),
        (of(1.0, INF), of(1.0, 3e38), Grade.DIFFERENT, (1,), 1),
        (of(INF), of(-INF), Grade.DIFFERENT, (0,), 1),
    ],
)
def test_the_grade_the_first_index_and_the_count(left, right, grade, index, differing):
    comparison = compare(left, right)
    assert (comparison.grade, comparison.index, comparison.differing) == (grade, index, differing)
    assert comparison.compared == left.numel()
    assert comparison.holds is (index is None)


def test_the_gap_is_the_largest_in_value_and_in_ulp():
    comparison = compare(of(1.0, 1.0, 5.0), of(1.0, 1.0000001, 4.0))
    assert comparison.index == (1,)
    assert comparison.gap == 1.0
    assert comparison.gap_ulp == 2**21


def test_a_gap_to_nan_is_undefined_and_not_zero():
    comparison = compare(of(NAN), of(1.0))
    assert math.isnan(comparison.gap)
    assert comparison.gap_ulp is None
    assert comparison.worst_ulp is None


def test_tolerance_forgives_ulps_between_finite_values_only():
    assert compare(of(1.0), of(1.0000001), tolerance_ulp=1).holds
    assert not compare(of(1.0), of(1.0000002), tolerance_ulp=1).holds
    assert not compare(of(torch.finfo(torch.float32).max), of(INF), tolerance_ulp=10).holds
    assert not compare(of(NAN), of(1.0), tolerance_ulp=2**40).holds


@pytest.mark.parametrize(
    ("relation", "holds"), [(Relation.EQUAL, False), (Relation.AT_LEAST, True), (Relation.AT_MOST, False)]
)
def test_relations(relation, holds):
    assert compare(of(2.0, 1.0), of(1.0, 1.0), relation).holds is holds


@pytest.mark.parametrize("relation", list(Relation))
def test_nan_against_a_number_satisfies_no_relation(relation):
    assert not compare(of(NAN), of(0.0), relation).holds
    assert not compare(of(0.0), of(NAN), relation).holds


def test_shapes_and_dtypes_that_differ_are_different():
    assert compare(of(1.0), of(1.0, 1.0)).grade is Grade.DIFFERENT
    assert compare(of(1.0), of(1.0, dtype=torch.float64)).index == ()


def test_integers_are_compared_exactly():
    comparison = compare(torch.tensor([1, 5]), torch.tensor([1, 2]))
    assert (comparison.index, comparison.gap, comparison.gap_ulp) == ((1,), 3.0, 3)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64], ids=str)
def test_neighbours_are_one_ulp_apart_in_every_dtype(dtype):
    one = torch.ones(1, dtype=dtype)
    assert compare(one, one + torch.finfo(dtype).eps).gap_ulp == 1


def test_nothing_to_compare_is_counted_as_nothing():
    assert compare(torch.empty(0), torch.empty(0)).compared == 0


def test_a_tolerance_is_for_numbers_that_are_rounded_and_never_for_positions():
    first, second = torch.tensor([3, 4]), torch.tensor([3, 5])
    assert not compare(first, second, tolerance_ulp=1024).holds
    assert compare(first.float(), second.float(), tolerance_ulp=2**24).holds
