"""One metric's calibration of the dose judge in numpy: all placebos and cells of the grid at once, tick after tick.

Usage: placebos.py FILE ROUNDS.  FILE is JSON: events, requests (a number a tick), exposure (of a deployment, averaged over
each tick), starts (a tick for each placebo).  Writes JSON: seconds of each round; of the adaptive and the anchored component
the tempering power eta and how many placebos alarm at it.
"""

import json
import math
import sys
import time

import numpy as np
from scipy.special import gammaln, logsumexp

HISTORY = 180
BURN_IN = 10
HEAD = 60
ALPHA = 0.01
CAP = math.log(10)
OMEGAS = np.array([0.8, 0.9, 0.95, 0.98, 0.995])
PHIS = np.array([1, 1.5, 2, 3, 5, 8, 13, 21, 34, 55])
BETAS = np.array([0.25, 0.5, 1, 2, 4, 9, 19, 49])
ETAS = (1, 0.8, 0.64, 0.5, 0.4, 0.32, 0.25, 0.2, 0.16, 0.125, 0.1, 0.08, 0.064, 0.05, 0.04, 0.032, 0.025, 0.02)
ADAPTIVE = slice(0, 5)
ANCHORED = slice(4, 5)


def filtered(omega, shape, weight, events, requests, factor, factorials):
    """One tick: forget, predict, learn.  Returns (log density, shape, weight)."""
    shape = np.maximum(shape * omega, 0.05)
    weight = weight * omega
    mean = np.maximum(shape / weight * np.maximum(requests, 1e-12) * factor, 1e-9)
    total = shape + mean
    density = (
        gammaln(events + shape)
        - gammaln(shape)
        - factorials
        + shape * np.log(shape / total)
        + events * np.log(mean / total)
    )
    limit = mean + 4 * np.sqrt(mean + mean * mean / shape) + 1
    return density, shape + np.minimum(events, limit), weight + requests * factor


def fitted(events, requests):
    """State and likelihood of every cell at the end of each history; arrays of placebos x omegas x phis."""
    head = slice(0, HEAD)
    rate = np.maximum(events[:, head].sum(1), 0.5) / np.maximum(requests[:, head].sum(1), 1e-9)
    cells = (len(events), len(OMEGAS), len(PHIS))
    shape = np.ones(cells)
    weight = np.broadcast_to((1 / rate)[:, None, None], cells)
    likelihood = np.zeros(cells)
    omega = OMEGAS[None, :, None]
    scaled = events[:, :, None] / PHIS
    asked = requests[:, :, None] / PHIS
    factorials = gammaln(scaled + 1)
    for tick in range(events.shape[1]):
        density, shape, weight = filtered(
            omega, shape, weight, scaled[:, None, tick], asked[:, None, tick], 1.0, factorials[:, None, tick]
        )
        if tick >= BURN_IN:
            likelihood += density - np.log(PHIS)
    return shape, weight, likelihood


def increments(fit, memory, events, requests, exposure):
    """Log likelihood ratios against no effect: placebos x ticks x betas."""
    shape, weight, likelihood = (part[:, memory].reshape(len(events), -1) for part in fit)
    best = likelihood.argmax(1)
    rows = np.arange(len(events))
    omega = np.repeat(OMEGAS[memory], len(PHIS))[best][:, None]
    phi = np.tile(PHIS, len(OMEGAS[memory]))[best][:, None]
    effects = np.concatenate([[0.0], BETAS])
    shape = np.repeat(shape[rows, best][:, None], len(effects), 1)
    weight = np.repeat(weight[rows, best][:, None], len(effects), 1)
    scaled, asked = events / phi, requests / phi
    factorials = gammaln(scaled + 1)
    ratios = np.zeros((len(events), len(exposure), len(BETAS)))
    for tick, share in enumerate(exposure):
        density, shape, weight = filtered(
            omega,
            shape,
            weight,
            scaled[:, tick, None],
            asked[:, tick, None],
            1 + effects * share,
            factorials[:, tick, None],
        )
        if share > 0:
            ratios[:, tick] = density[:, 1:] - density[:, :1]
    return ratios


def tempered(ratios):
    """The largest eta with few enough alarms, and its alarms."""
    allowed = max(math.floor(ALPHA * (len(ratios) + 1)) - 1, 0)
    for eta in ETAS:
        stakes = np.minimum(eta * ratios, CAP).cumsum(1)
        evidence = logsumexp(stakes, axis=2) - math.log(len(BETAS))
        alarms = int((evidence.max(1) >= math.log(1 / ALPHA)).sum())
        if alarms <= allowed:
            break
    return eta, alarms


def calibrated(events, requests, exposure, starts):
    ticks = starts[:, None] + np.arange(-HISTORY, len(exposure))
    seen, asked = events[ticks], requests[ticks]
    fit = fitted(seen[:, :HISTORY], asked[:, :HISTORY])
    during = seen[:, HISTORY:], asked[:, HISTORY:]
    return [tempered(increments(fit, memory, *during, exposure)) for memory in (ADAPTIVE, ANCHORED)]


def main():
    with open(sys.argv[1], encoding="utf8") as file:
        metric = json.load(file)
    metric = {name: np.array(numbers) for name, numbers in metric.items()}
    found = calibrated(**metric)
    seconds = []
    for _ in range(int(sys.argv[2])):
        begun = time.perf_counter()
        found = calibrated(**metric)
        seconds.append(time.perf_counter() - begun)
    etas, alarms = zip(*found)
    print(json.dumps({"seconds": seconds, "etas": etas, "alarms": alarms}))


main()
