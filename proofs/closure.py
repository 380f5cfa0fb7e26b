"""Closure: which property of a whole follows from which properties of its parts (`ordering.drawing.rules`).

Each claim starts with the name by which the rules call it.  `f_a` stands for f(a), and so on; a < b, and m is
the middle of a and b.  Convexity is meant as Jensen's inequality at the middle, for continuous functions.
"""

from collections.abc import Callable, Iterable
from typing import Any

from ordering.reals.claims import Entailment, Identity
from sympy import Eq, Ge, Gt, Le, Lt, symbols

from ordering.evidence import Derivation

f_a, f_b, f_m, g_a, g_b, g_m, h_a, h_b, h_m, f_k, g_k = symbols(
    "f_a f_b f_m g_a g_b g_m h_a h_b h_m f_k g_k", real=True
)
u_a, u_b, u_m, g_of_m, g_of_mean = symbols("u_a u_b u_m g_of_m g_of_mean", real=True)
p, q, r, s, x, c, d, e, n = symbols("p q r s x c d e n", real=True)


def _theorem(name: str, says: str, *steps: Any) -> Derivation:
    return Derivation(f"{name}: {says}", steps)


def _follows(why: str, goal: Any, *hypotheses: Any) -> Entailment:
    return Entailment(hypotheses, goal, why)


def _scaled() -> Iterable[Derivation]:
    above, below = "p >= 0, by which an inequality is multiplied", "p <= 0, which turns an inequality around"
    yield _theorem(
        "positive multiple",
        "p f, p > 0, has the monotonicity, the convexity and the sign of f",
        _follows(f"rising: {above}", Le(p * f_a, p * f_b), Ge(p * (f_b - f_a), 0)),
        _follows(f"falling: {above}", Ge(p * f_a, p * f_b), Ge(p * (f_a - f_b), 0)),
        _follows("strictly, as p > 0", Lt(p * f_a, p * f_b), Gt(p * (f_b - f_a), 0)),
        _follows(f"convex: {above}", Le(2 * p * f_m, p * f_a + p * f_b), Ge(p * (f_a + f_b - 2 * f_m), 0)),
        _follows(f"concave: {above}", Ge(2 * p * f_m, p * f_a + p * f_b), Le(p * (f_a + f_b - 2 * f_m), 0)),
    )
    yield _theorem(
        "negative multiple",
        "p f, p < 0, has the dual properties",
        _follows(f"of what falls: {below}", Le(p * f_a, p * f_b), Ge(-p * (f_a - f_b), 0)),
        _follows(f"of what rises: {below}", Ge(p * f_a, p * f_b), Ge(-p * (f_b - f_a), 0)),
        _follows("strictly, as p < 0", Lt(p * f_a, p * f_b), Gt(-p * (f_a - f_b), 0)),
        _follows(
            f"of the concave: {below}", Le(2 * p * f_m, p * f_a + p * f_b), Ge(-p * (2 * f_m - f_a - f_b), 0)
        ),
        _follows(
            f"of the convex: {below}", Ge(2 * p * f_m, p * f_a + p * f_b), Ge(-p * (f_a + f_b - 2 * f_m), 0)
        ),
    )
    yield _theorem(
        "any multiple",
        "p f is affine, odd, even, bounded, continuous where f is, and unbounded for p != 0",
        Identity(p * (r * x + s), (p * r) * x + p * s, "affine"),
        _follows("odd: f(-x) = -f(x), times p", Eq(p * f_a, -p * f_b), Eq(p * f_a, -p * f_b)),
        _follows("even: f(-x) = f(x), times p", Eq(p * f_a - p * f_b, 0), Eq(p * f_a, p * f_b)),
        _follows("bounded: |p f| <= |p| c, for p >= 0", Le(p * f_a, p * c), Ge(p * (c - f_a), 0)),
        _follows("and for p <= 0", Le(p * f_a, -p * c), Ge(-p * (c + f_a), 0)),
        _follows(
            "continuous: |f(x) - f(y)| <= e makes |p f(x) - p f(y)| <= |p| e",
            Le(p * f_a - p * f_b, p * e),
            Ge(p * (e - f_a + f_b), 0),
        ),
        _follows("unbounded: where f > n / p, p f > n, for p > 0", Gt(p * f_a, n), Gt(p * f_a - n, 0)),
    )


def _sums() -> Iterable[Derivation]:
    for name, less, word in (
        ("nondecreasing", Le, "rises"),
        ("nonincreasing", Ge, "falls"),
        ("strictly_increasing", Lt, "rises strictly"),
        ("strictly_decreasing", Gt, "falls strictly"),
    ):
        yield _theorem(
            f"sum of {name}",
            f"f + g {word} where both do, and so does the sum of more, one after the other",
            _follows("the inequalities add up", less(f_a + g_a, f_b + g_b), less(f_a, f_b), less(g_a, g_b)),
        )
    for name, less in (("convex", Le), ("concave", Ge)):
        yield _theorem(
            f"sum of {name}",
            f"f + g is {name} where both are",
            _follows(
                "Jensen's inequalities add up",
                less(2 * (f_m + g_m), f_a + g_a + f_b + g_b),
                less(2 * f_m, f_a + f_b),
                less(2 * g_m, g_a + g_b),
            ),
        )
    for name, least in (("nonnegative", Ge), ("nonpositive", Le)):
        yield _theorem(
            f"sum of {name}",
            "the signs add up",
            _follows("at every point", least(f_a + g_a, 0), least(f_a, 0), least(g_a, 0)),
        )
    yield _theorem(
        "sum of affine", "is affine", Identity(p * x + q + r * x + s, (p + r) * x + (q + s), "collect")
    )
    for name, sign in (("odd", -1), ("even", 1)):
        yield _theorem(
            f"sum of {name}",
            f"f(-x) + g(-x) = {'-' if sign < 0 else ''}(f(x) + g(x)); a stands for -x, and b for x",
            _follows(
                "both equations add up",
                Eq(f_a + g_a, sign * (f_b + g_b)),
                Eq(f_a, sign * f_b),
                Eq(g_a, sign * g_b),
            ),
        )
    yield _theorem(
        "sum of bounded",
        "|f| <= c and |g| <= d make |f + g| <= c + d",
        _follows("above", Le(f_a + g_a, c + d), Le(f_a, c), Le(g_a, d)),
        _follows("below", Ge(f_a + g_a, -c - d), Ge(f_a, -c), Ge(g_a, -d)),
    )
    yield _theorem(
        "sum of continuous",
        "where both differ by at most e, the sums differ by at most 2 e",
        _follows(
            "a and b close together", Le(f_a + g_a - f_b - g_b, 2 * e), Le(f_a - f_b, e), Le(g_a - g_b, e)
        ),
    )
    yield _theorem(
        "sum of strict and monotone",
        "is strict: one of the inequalities is",
        _follows("rising", Lt(f_a + g_a, f_b + g_b), Lt(f_a, f_b), Le(g_a, g_b)),
        _follows("falling", Gt(f_a + g_a, f_b + g_b), Gt(f_a, f_b), Ge(g_a, g_b)),
    )
    yield _theorem(
        "sum of unbounded and bounded",
        "|f + g| exceeds every n: where |f| exceeds n + c, |g| <= c",
        _follows("f large", Gt(f_a + g_a, n), Gt(f_a, n + c), Ge(g_a, -c)),
        _follows("-f large", Lt(f_a + g_a, -n), Lt(f_a, -n - c), Le(g_a, c)),
    )


def _extremes() -> Iterable[Derivation]:
    steps = []
    for low, top in (("the maximum", Ge), ("the minimum", Le)):
        # h is the maximum: at least both, and one of them; at the end where that matters it is f.
        end, other = ((h_a, f_a), (h_b, f_b)) if top is Ge else ((h_b, f_b), (h_a, f_a))
        fall_end, fall_other = (other, end)
        for strict, less, more in (("", Le, Ge), ("strictly ", Lt, Gt)):
            steps += [
                _follows(
                    f"{strict}rising, {low} h: f is it at one end (or g, in the same way)",
                    less(h_a, h_b),
                    Eq(*end),
                    less(f_a, f_b),
                    top(*other),
                ),
                _follows(
                    f"{strict}falling, {low} h",
                    more(h_a, h_b),
                    Eq(*fall_end),
                    more(f_a, f_b),
                    top(*fall_other),
                ),
            ]
    yield _theorem("extremes of monotone", "max(f, g) and min(f, g) rise or fall where both do", *steps)
    yield _theorem(
        "extremes of the same",
        "max(f, g) and min(f, g) are one of both at each point: even, bounded, of one sign where both are",
        _follows(
            "even: with f(-x) = f(x) and g(-x) = g(x), h takes the same",
            Eq(h_a, h_b),
            Eq(h_a, f_a),
            Eq(f_a, f_b),
            Eq(h_b, f_b),
        ),
        _follows("between the bounds of both", Le(h_a, c), Eq(h_a, f_a), Le(f_a, c)),
        _follows("and above", Ge(h_a, -c), Eq(h_a, f_a), Ge(f_a, -c)),
        _follows("the sign: the bound 0", Le(h_a, 0), Eq(h_a, f_a), Le(f_a, 0)),
        _follows("the other sign", Ge(h_a, 0), Eq(h_a, f_a), Ge(f_a, 0)),
        _follows(
            "continuous: |f(a) - f(b)| <= e; h(a) = f(a) is the maximum, and h(b) >= f(b)",
            Le(h_a - h_b, e),
            Eq(h_a, f_a),
            Ge(h_b, f_b),
            Le(f_a - f_b, e),
        ),
    )
    yield _theorem(
        "max of convex",
        "h = max(f, g): at the middle it is f, or g in the same way",
        _follows(
            "f is below h at both ends",
            Le(2 * h_m, h_a + h_b),
            Eq(h_m, f_m),
            Le(2 * f_m, f_a + f_b),
            Ge(h_a, f_a),
            Ge(h_b, f_b),
        ),
    )
    yield _theorem(
        "min of concave",
        "h = min(f, g): at the middle it is f, or g in the same way",
        _follows(
            "f is above h at both ends",
            Ge(2 * h_m, h_a + h_b),
            Eq(h_m, f_m),
            Ge(2 * f_m, f_a + f_b),
            Le(h_a, f_a),
            Le(h_b, f_b),
        ),
    )
    yield _theorem(
        "max above a part",
        "max(f, g) >= f >= 0",
        _follows("at every point", Ge(h_a, 0), Ge(h_a, f_a), Ge(f_a, 0)),
    )
    yield _theorem(
        "min below a part",
        "min(f, g) <= f <= 0",
        _follows("at every point", Le(h_a, 0), Le(h_a, f_a), Le(f_a, 0)),
    )


def _products() -> Iterable[Derivation]:
    rises = "f(b) g(b) - f(a) g(a) = (f(b) - f(a)) g(b) + f(a) (g(b) - g(a)), a sum of products of"
    yield _theorem(
        "product of nonnegative monotone",
        "f g rises (falls) where f, g >= 0 both do",
        _follows(
            f"{rises} nonnegative numbers",
            Ge(f_b * g_b, f_a * g_a),
            Ge((f_b - f_a) * g_b, 0),
            Ge(f_a * (g_b - g_a), 0),
        ),
        _follows(
            "falling: the same with a and b exchanged",
            Ge(f_a * g_a, f_b * g_b),
            Ge((f_a - f_b) * g_a, 0),
            Ge(f_b * (g_a - g_b), 0),
        ),
    )
    yield _theorem(
        "product of nonnegative strict",
        "f g rises strictly where f, g >= 0 both do",
        _follows(
            f"{rises} which g(b) > g(a) >= 0 makes the first positive",
            Gt(f_b * g_b, f_a * g_a),
            Gt((f_b - f_a) * g_b, 0),
            Ge(f_a * (g_b - g_a), 0),
        ),
    )
    yield _theorem(
        "product of nonnegative convex monotone",
        "f g is convex where f, g >= 0 are convex and both rise, or both fall",
        _follows(
            "4 f(m) g(m) <= (f(a) + f(b)) (g(a) + g(b)), which is 2 f(a) g(a) + 2 f(b) g(b) less "
            "(f(b) - f(a)) (g(b) - g(a))",
            Le(4 * f_m * g_m, 2 * f_a * g_a + 2 * f_b * g_b),
            Ge((f_a + f_b - 2 * f_m) * 2 * g_m, 0),
            Ge((f_a + f_b) * (g_a + g_b - 2 * g_m), 0),
            Ge((f_b - f_a) * (g_b - g_a), 0),
        ),
    )
    yield _theorem(
        "sign of a product",
        "like signs make a product nonnegative, unlike ones nonpositive",
        _follows("both >= 0", Ge(f_a * g_a, 0), Ge(f_a * g_a, 0)),
        _follows("both <= 0: (-f)(-g) >= 0", Ge(f_a * g_a, 0), Ge((-f_a) * (-g_a), 0)),
        _follows("one of each: (-f) g >= 0", Le(f_a * g_a, 0), Ge((-f_a) * g_a, 0)),
    )
    parities: tuple[tuple[str, str, Callable[[Any, Any], Any]], ...] = (
        ("parity of a product", "product", lambda left, right: left * right),
        ("parity of a quotient", "quotient", lambda left, right: left / right),
    )
    for name, what, together in parities:
        yield _theorem(
            name,
            f"the signs of f(-x) = +-f(x) and g(-x) = +-g(x) multiply in the {what}",
            Identity(together(-f_a, -g_a), together(f_a, g_a), "odd and odd: even"),
            Identity(together(-f_a, g_a), -together(f_a, g_a), "odd and even: odd"),
            Identity(
                together(f_a, -g_a), -together(f_a, g_a), "even and odd: odd; even and even need nothing"
            ),
        )
    yield _theorem(
        "product of bounded",
        "|f| <= c and |g| <= d make |f g| <= c d",
        _follows(
            "(c - f)(d + g) + (c + f)(d - g) = 2 c d - 2 f g",
            Le(f_a * g_a, c * d),
            Ge((c - f_a) * (d + g_a), 0),
            Ge((c + f_a) * (d - g_a), 0),
        ),
        _follows(
            "(c - f)(d - g) + (c + f)(d + g) = 2 c d + 2 f g",
            Ge(f_a * g_a, -c * d),
            Ge((c - f_a) * (d - g_a), 0),
            Ge((c + f_a) * (d + g_a), 0),
        ),
    )
    yield _theorem(
        "product of continuous",
        "f(a) g(a) - f(b) g(b) is small where both differences are, as f and g are bounded near a",
        _follows(
            "(f(a) - f(b)) g(a) + f(b) (g(a) - g(b)), each product at most d e",
            Le(f_a * g_a - f_b * g_b, 2 * d * e),
            Le((f_a - f_b) * g_a, d * e),
            Le(f_b * (g_a - g_b), d * e),
        ),
    )
    yield _theorem(
        "quotient of continuous",
        "1/g is continuous where |g| >= d > 0; the rest is the product's",
        Identity(
            1 / g_a - 1 / g_b, (g_b - g_a) / (g_a * g_b), "the difference is at most |g(b) - g(a)| / d^2"
        ),
    )
    yield _theorem(
        "quotient by what is bounded below",
        "|f| <= c and g >= d > 0 make |f/g| <= c/d; h is f/g, so that h g = f",
        _follows(
            "g h = f <= c <= c g/d: d h g <= c g, and g > 0 is divided away",
            Le(d * h_a * g_a, c * g_a),
            Eq(d * h_a * g_a, d * f_a),
            Ge(d * (c - f_a), 0),
            Ge(c * (g_a - d), 0),
        ),
        _follows(
            "and d h g >= -c g",
            Ge(d * h_a * g_a, -c * g_a),
            Eq(d * h_a * g_a, d * f_a),
            Ge(d * (c + f_a), 0),
            Ge(c * (g_a - d), 0),
        ),
    )
    yield _theorem(
        "sign of a quotient",
        "f/g, g > 0, has the sign of f, as f/g = f g / g^2",
        Identity(f_a / g_a, f_a * g_a / g_a**2, "a product divided by a positive number"),
        _follows("f >= 0", Ge(f_a * g_a, 0), Ge(f_a * g_a, 0)),
        _follows("f <= 0", Le(f_a * g_a, 0), Ge((-f_a) * g_a, 0)),
    )
    yield _theorem(
        "monotone quotient",
        "f/g rises where f >= 0 rises and g > 0 falls, and the other way around",
        Identity(f_b / g_b - f_a / g_a, (f_b * g_a - f_a * g_b) / (g_a * g_b), "the denominator is positive"),
        _follows(
            "rising: (f(b) - f(a)) g(a) + f(a) (g(a) - g(b))",
            Ge(f_b * g_a, f_a * g_b),
            Ge((f_b - f_a) * g_a, 0),
            Ge(f_a * (g_a - g_b), 0),
        ),
        _follows(
            "falling: the same with a and b exchanged",
            Ge(f_a * g_b, f_b * g_a),
            Ge((f_a - f_b) * g_b, 0),
            Ge(f_b * (g_b - g_a), 0),
        ),
    )


def _shaped() -> Iterable[Derivation]:
    yield _theorem(
        "clip of monotone",
        "clip is min(max(u, low), high), and constants rise and fall: extremes of monotone",
        _follows("max(u, c), where it is u", Le(h_a, h_b), Eq(h_a, u_a), Le(u_a, u_b), Ge(h_b, u_b)),
        _follows("where it is c", Le(h_a, h_b), Eq(h_a, c), Ge(h_b, c)),
        _follows("min(u, c), where it is u", Le(h_a, h_b), Eq(h_b, u_b), Le(u_a, u_b), Le(h_a, u_a)),
    )
    yield _theorem(
        "clip of even",
        "a function of u(-x) = u(x)",
        _follows("the same argument", Eq(h_a, h_b), Eq(h_a - u_a, h_b - u_b), Eq(u_a, u_b)),
    )
    yield _theorem(
        "clip of continuous",
        "clip moves no two numbers apart",
        _follows(
            "a between the ends, b above: h(b) = c >= u(a)",
            Le(h_b - h_a, e),
            Eq(h_a, u_a),
            Eq(h_b, c),
            Le(c, u_b),
            Le(u_b - u_a, e),
        ),
        _follows("both between the ends", Le(h_b - h_a, e), Eq(h_a, u_a), Eq(h_b, u_b), Le(u_b - u_a, e)),
    )
    yield _theorem(
        "clip of odd",
        "clip(-u, -c, c) = -clip(u, -c, c): b stands for -u",
        _follows("between the ends", Eq(h_b, -h_a), Eq(h_a, u_a), Eq(h_b, u_b), Eq(u_b, -u_a)),
        _follows(
            "beyond one, the other end is the negative of the first", Eq(h_b, -h_a), Eq(h_a, c), Eq(h_b, -c)
        ),
    )
    yield _theorem(
        "values between ends",
        "low <= clip(u, low, high) <= high",
        _follows("nonnegative where low is", Ge(h_a, 0), Ge(h_a, c), Ge(c, 0)),
        _follows("nonpositive where high is", Le(h_a, 0), Le(h_a, d), Le(d, 0)),
        _follows("bounded", Le(h_a, c + d), Le(h_a, d), Ge(c, 0)),
    )
    yield _theorem(
        "pieces in order",
        "f up to k and g from there on rise (fall) where both do, and f(k) <= g(k) (>=)",
        _follows("a <= k <= b", Le(f_a, g_b), Le(f_a, f_k), Le(f_k, g_k), Le(g_k, g_b)),
        _follows("falling", Ge(f_a, g_b), Ge(f_a, f_k), Ge(f_k, g_k), Ge(g_k, g_b)),
        _follows("strictly: a < k or k < b", Lt(f_a, g_b), Lt(f_a, f_k), Le(f_k, g_k), Le(g_k, g_b)),
        _follows("strictly falling", Gt(f_a, g_b), Gt(f_a, f_k), Ge(f_k, g_k), Ge(g_k, g_b)),
    )
    yield _theorem(
        "pieces with the same bounds",
        "each value is one of the pieces': the dip's pieces are f and f - d",
        _follows("a bound of both", Le(h_a, c), Eq(h_a, f_a), Le(f_a, c)),
        _follows("from below", Ge(h_a, -c), Eq(h_a, f_a), Ge(f_a, -c)),
        _follows("the sign", Ge(h_a, 0), Eq(h_a, f_a), Ge(f_a, 0)),
        _follows("the other sign", Le(h_a, 0), Eq(h_a, f_a), Le(f_a, 0)),
        _follows("a dip", Le(h_a, c + d), Eq(h_a, f_a - e), Le(f_a, c), Le(-e, d)),
    )
    yield _theorem(
        "pieces that meet",
        "a <= k <= b: |f(a) - f(k)| <= e and |g(k) - g(b)| <= e, and f(k) = g(k)",
        _follows("from the left", Le(f_a - g_b, 2 * e), Le(f_a - f_k, e), Le(g_k - g_b, e), Eq(f_k, g_k)),
        _follows("from the right", Ge(f_a - g_b, -2 * e), Ge(f_a - f_k, -e), Ge(g_k - g_b, -e), Eq(f_k, g_k)),
    )


def _compositions() -> Iterable[Derivation]:
    # g_a stands for g(u(a)): what g does between two arguments, it is told of u(a) and u(b).
    for name, less, more in (("monotone", Le, Ge), ("strict", Lt, Gt)):
        yield _theorem(
            f"composition of {name}",
            "g(u) rises where both rise or both fall, and falls where one of each",
            *(
                _follows(
                    f"u {'rises' if up else 'falls'}, g {'rises' if outer else 'falls'}: "
                    "p is the slope of g between u(a) and u(b)",
                    (less if up == outer else more)(g_a, g_b),
                    (more if up == outer else less)(p * (u_b - u_a), 0),
                    Eq(g_b - g_a, p * (u_b - u_a)),
                )
                for up in (True, False)
                for outer in (True, False)
            ),
        )
    middle = "g_of_m is g(u(m)), and g_of_mean is g at the mean of u(a) and u(b)"
    for name, convex, why in (
        ("convex and rising after convex", True, "u(m) is below the mean, and g rises"),
        ("convex and falling after concave", True, "u(m) is above the mean, and g falls"),
        ("convex after affine", True, "u(m) is the mean"),
        ("concave and rising after concave", False, "u(m) is above the mean, and g rises"),
    ):
        less = Le if convex else Ge
        step = Eq if name.endswith("affine") else less
        yield _theorem(
            name,
            f"{middle}: {why}",
            _follows(
                why, less(2 * g_of_m, g_a + g_b), step(g_of_m, g_of_mean), less(2 * g_of_mean, g_a + g_b)
            ),
        )
    yield _theorem(
        "even after odd",
        "g(-u) = g(u); a stands for -x",
        _follows("g(u(-x)) = g(-u(x)) = g(u(x))", Eq(g_a, g_b), Eq(g_a, g_m), Eq(g_m, g_b)),
    )
    yield _theorem(
        "odd after odd",
        "g(-u) = -g(u); a stands for -x",
        _follows("g(u(-x)) = g(-u(x)) = -g(u(x))", Eq(g_a, -g_b), Eq(g_a, g_m), Eq(g_m, -g_b)),
    )
    yield _theorem(
        "anything after even",
        "g(u(-x)) = g(u(x)): one argument has one image",
        _follows(
            "with the slope p of g between them",
            Eq(g_a, g_b),
            Eq(g_a - g_b, p * (u_a - u_b)),
            Eq(p * u_a, p * u_b),
        ),
    )
    yield _theorem(
        "values of the outer function",
        "what bounds all values of g bounds those of g(u)",
        _follows("above", Le(h_a, c), Eq(h_a, g_a), Le(g_a, c)),
        _follows("below", Ge(h_a, 0), Eq(h_a, g_a), Ge(g_a, 0)),
    )
    yield _theorem(
        "composition of continuous",
        "where u(x) and u(y) are so close that g differs by at most e, g(u) does",
        _follows("for every e", Le(h_a - h_b, e), Eq(h_a, g_a), Eq(h_b, g_b), Le(g_a - g_b, e)),
    )
    yield _theorem(
        "continuous after bounded",
        "g attains its extremes c and d on the interval that holds u (Weierstrass), and g(u) is between them",
        _follows("above", Le(h_a, d), Eq(h_a, g_a), Le(g_a, d)),
        _follows("below", Ge(h_a, c), Eq(h_a, g_a), Ge(g_a, c)),
    )
    yield _theorem(
        "large after unbounded",
        "|g| >= n wherever |u| is large enough, and somewhere |u| is: so |g(u)| exceeds every c",
        _follows("n is chosen above c", Gt(g_a, c), Ge(g_a, n), Gt(n, c)),
        _follows("or -g is large", Lt(g_a, -c), Le(g_a, -n), Gt(n, c)),
    )


THEOREMS = (*_scaled(), *_sums(), *_extremes(), *_products(), *_shaped(), *_compositions())
