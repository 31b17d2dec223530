"""Moments of a distribution against its parameters: papers print either, and one taken for the other is off by an order of magnitude.

"LogNormal with mean 3.24 and standard deviation 7.10" are moments of the variable: mu = 0.2965, sigma = 1.3260, median 1.35. Read as
parameters of the logarithm they would have a median of 25.5.
"""

from __future__ import annotations

import math

from scipy import optimize, special


def lognormal_moments(mu: float, sigma: float) -> tuple[float, float]:
    """Returns mean and standard deviation of a log-normal.

    Args:
        mu: Mean of the natural logarithm.
        sigma: Standard deviation of the natural logarithm.
    """
    mean = math.exp(mu + sigma**2 / 2)
    return mean, mean * math.sqrt(math.expm1(sigma**2))


def lognormal_parameters(mean: float, sd: float) -> tuple[float, float]:
    """Returns mu and sigma of the log-normal with these moments.

    Args:
        mean: Mean of the variable, positive.
        sd: Standard deviation of the variable, positive.
    """
    variance = math.log1p((sd / mean) ** 2)
    return math.log(mean) - variance / 2, math.sqrt(variance)


def weibull_moments(shape: float, scale: float) -> tuple[float, float]:
    """Returns mean and standard deviation of a Weibull distribution.

    Args:
        shape: k.
        scale: lambda, in the unit of the variable.
    """
    first, second = special.gamma(1 + 1 / shape), special.gamma(1 + 2 / shape)
    return scale * float(first), scale * float(math.sqrt(second - first**2))


def weibull_parameters(mean: float, sd: float) -> tuple[float, float]:
    """Returns shape and scale of the Weibull distribution with these moments.

    The coefficient of variation falls as the shape grows and fixes it; the scale follows from the mean.

    Args:
        mean: Mean of the variable, positive.
        sd: Standard deviation of the variable, positive.
    """
    wanted = math.log1p((sd / mean) ** 2)

    def excess(log_shape: float) -> float:
        shape = math.exp(log_shape)
        return float(special.gammaln(1 + 2 / shape) - 2 * special.gammaln(1 + 1 / shape)) - wanted

    shape = math.exp(optimize.brentq(excess, math.log(0.05), math.log(1e3), xtol=1e-14))
    return shape, mean / float(special.gamma(1 + 1 / shape))
