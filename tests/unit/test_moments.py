"""Moments and parameters of the two families that papers on serverless mix up."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tracekit.stats.moments import lognormal_moments, lognormal_parameters, weibull_moments, weibull_parameters


def test_published_moments_give_the_published_parameters() -> None:
    # EuroSys 2025: cold starts, mean 3.24 s and deviation 7.10 s; gaps between them, mean 1.25 s and deviation 3.66 s.
    mu, sigma = lognormal_parameters(3.24, 7.10)
    assert (round(mu, 4), round(sigma, 4)) == (0.2965, 1.3260)
    shape, scale = weibull_parameters(1.25, 3.66)
    assert (round(shape, 4), round(scale, 4)) == (0.4176, 0.4217)


@given(st.floats(-5, 5), st.floats(0.05, 3))
def test_lognormal_there_and_back(mu: float, sigma: float) -> None:
    mean, sd = lognormal_moments(mu, sigma)
    assert (mean, sd) == pytest.approx((stats.lognorm.mean(sigma, scale=math.exp(mu)), stats.lognorm.std(sigma, scale=math.exp(mu))))
    assert lognormal_parameters(mean, sd) == pytest.approx((mu, sigma), rel=1e-6, abs=1e-6)


@given(st.floats(0.2, 20), st.floats(1e-3, 1e3))
def test_weibull_there_and_back(shape: float, scale: float) -> None:
    mean, sd = weibull_moments(shape, scale)
    assert (mean, sd) == pytest.approx((stats.weibull_min.mean(shape, scale=scale), stats.weibull_min.std(shape, scale=scale)), rel=1e-6)
    assert weibull_parameters(mean, sd) == pytest.approx((shape, scale), rel=1e-6)
