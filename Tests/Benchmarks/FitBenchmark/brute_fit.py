"""The fitting procedure of Caballero et al. (2023): a brute-force grid, then least squares.

Reads the number of breaks and then lines "x y" from standard input; writes the seconds of one core
that the fit took and its sum of squares of ln(y + 1).

The grid has 163,840 points, the number of the released code's for one break. Its ranges are those
of the data: what the procedure costs does not hang on them, and how well it ends does.
"""

import sys
import time
import warnings

import numpy
from scipy.optimize import brute, curve_fit

warnings.simplefilter("ignore")

breaks = int(sys.stdin.readline())
x, y = numpy.loadtxt(sys.stdin, unpack=True, ndmin=2)
target = numpy.log(y + 1)


def law(x, a, log_b, c0, *shapes):
    value = numpy.exp(log_b) * x**-c0
    for c, log_d, log_f in zip(shapes[0::3], shapes[1::3], shapes[2::3]):
        f = numpy.exp(log_f)
        value = value * (1 + (x / numpy.exp(log_d)) ** (1 / f)) ** (-c * f)
    return a + value


def transformed(x, *theta):
    return numpy.log(law(x, *theta) + 1)


def loss(theta):
    error = transformed(x, *theta) - target
    sum_of_squares = error @ error
    return sum_of_squares if numpy.isfinite(sum_of_squares) else 1e300


def grid(counts):
    """Ranges of a, ln b, c0 and of (c, ln d, ln f) of each break, with so many points each."""
    low, high = numpy.log(x.min()), numpy.log(x.max())
    width = high - low
    ranges = [(0, y.min()), (numpy.log(y.max()) - 1, numpy.log(y.max()) + 1), (0, 1)]
    for k in range(breaks):
        part = width / breaks
        ranges += [(-1, 1), (low + k * part, low + (k + 1) * part), (numpy.log(0.05), 1)]
    return tuple(
        slice(a, b, (b - a) / count * (1 - 1e-9)) if count > 1 else slice(a, a + 1, 1)
        for (a, b), count in zip(ranges, counts)
    )


COUNTS = {
    1: [5, 8, 8, 8, 8, 8],
    2: [5, 4, 4, 4, 4, 4, 4, 4, 2],
    3: [5, 4, 4, 4, 4, 2, 2, 2, 2, 2, 2, 2],
}

start = time.process_time()
best = brute(loss, grid(COUNTS[breaks]), finish=None)
try:
    best, _ = curve_fit(transformed, x, target, p0=best, maxfev=100_000)
except RuntimeError:
    pass  # The limit of evaluations: the grid's best stands.
print(time.process_time() - start, loss(best))
