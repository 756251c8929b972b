"""The flows of spec/truth by scipy's integrators, between events that are located on their dense output.

    python3 spec/bench/scipy_flows.py [--methods BDF,Radau] [--tolerances 1e-4,1e-6] [--budget N] CASE ...

Needs numpy and scipy only. Prints one JSON line per run: case, method, restart, tol, nfev, njev, nlu, events, error, seconds, outcome.
nfev counts evaluations of the velocity alone; Radau, BDF and LSODA are given the exact Jacobian, whose evaluations (njev) and
factorisations (nlu) cost nothing here. error = sup over the times of the reference of |u - reference|_m /
sup_t |u(t) - u(0)|_m, null when a run did not reach the end. Conventions: spec/truth/README.md.

The driver does what solve_ivp does, one step() after the other, but hundreds of margins are looked at together. After an event it
lets the method guess its first step, as solve_ivp does (restart: guess), or hands it the last step size, which saves an evaluation and
many small steps (restart: last): now the one, now the other is cheaper for the error it makes.
"""
import argparse
import json
import sys
import time
import warnings
from itertools import product
from pathlib import Path

import numpy as np
from flows import KINDS
from scipy.integrate import BDF, DOP853, LSODA, RK45, Radau
from scipy.optimize import brentq

METHODS = {"RK45": RK45, "DOP853": DOP853, "LSODA": LSODA, "Radau": Radau, "BDF": BDF}
WITH_JACOBIAN = ("LSODA", "Radau", "BDF")
TOLERANCES = [10.0**-k for k in range(3, 11)]
BUDGET = 20_000
# Far above what any case has: the run bounces between branches.
MOST_EVENTS = 1_000
TRUTH = Path(__file__).resolve().parents[1] / "truth"


class OverBudget(Exception):
    pass


class Counted:
    """The velocity and Jacobian of the particles that move on a branch, flat, and how often they were asked for."""

    def __init__(self, flow, budget):
        self.flow, self.budget = flow, budget
        self.nfev = self.njev = self.nlu = 0

    def on(self, u, branch):
        moving = self.flow.active(branch)
        flat = np.repeat(moving, self.flow.d)

        def whole(y):
            out = u.copy()
            out[moving] = y.reshape(-1, self.flow.d)
            return out

        def velocity(t, y):
            self.nfev += 1
            if self.nfev > self.budget:
                raise OverBudget
            return self.flow.velocity(whole(y), branch)[moving].ravel()

        def jacobian(t, y):
            self.njev += 1
            return self.flow.jacobian(whole(y), branch)[np.ix_(flat, flat)]

        return whole, velocity, jacobian, u[moving].ravel()


def root(g, a, b):
    # The extension may differ from the state at the left end by rounding, to the other side of zero.
    return a if g(a) <= 0 else brentq(g, a, b, xtol=1e-16, rtol=1e-15)


def first_event(margins, at, looks, start):
    """The earliest time at which a margin turns from positive to negative, and which; start: margins at looks[0]."""
    before, values = looks[0], start
    for t in looks[1:]:
        later = margins(at(t))
        hits = np.flatnonzero((values > 0) & (later < 0))
        if len(hits):
            roots = [root(lambda s: margins(at(s))[k], before, t) for k in hits]
            return roots[int(np.argmin(roots))], hits[int(np.argmin(roots))]
        before, values = t, later
    # It never became positive and goes on falling: the event is where the step began.
    gone = np.flatnonzero((start <= 0) & (values < start))
    return (looks[0], gone[0]) if len(gone) else (None, None)


def integrate(flow, u, times, method, restart, tol, atol, budget):
    """States at the times that were reached, the counts, the number of events and how it ended."""
    counted, states, events, t, h = Counted(flow, budget), [], 0, 0.0, None
    branch, end = flow.first_branch(u), times[-1]
    solver_class = METHODS[method]
    try:
        while t < end and events < MOST_EVENTS:
            whole, velocity, jacobian, y = counted.on(u, branch)
            options = {"rtol": tol, "atol": atol}
            if method in WITH_JACOBIAN:
                options["jac"] = jacobian
            if h is not None:
                options["first_step"] = min(h, end - t)
            solver = solver_class(velocity, t, y, end, **options)
            start, event = flow.margins(u, branch), None
            while solver.status == "running" and event is None:
                message = solver.step()
                if solver.status == "failed":
                    return states, counted, events, message
                t0, t1 = solver.t_old, solver.t
                dense = None

                def at(s):
                    nonlocal dense
                    if s >= t1:
                        return whole(solver.y)
                    dense = dense or solver.dense_output()
                    return whole(dense(s))

                # The continuous extension of DOP853 costs three evaluations: it is asked for where it is needed.
                looks = [t0, t1] if method == "DOP853" else [t0, t0 + (t1 - t0) / 3, t0 + 2 * (t1 - t0) / 3, t1]
                reach = t1
                if len(start):
                    found, event = first_event(lambda v: flow.margins(v, branch), at, looks, start)
                    reach = t1 if event is None else found
                while len(states) < len(times) and times[len(states)] <= reach:
                    states.append(at(times[len(states)]))
                if event is None:
                    start = flow.margins(whole(solver.y), branch)
                else:
                    u, branch = flow.cross(at(reach), branch, event)
                    h, events = max(t1 - t0, 1e-12) if restart == "last" else None, events + 1
                t = reach
            counted.nlu += int(solver.nlu)
        return states, counted, events, "end" if len(states) == len(times) else "too many events"
    except OverBudget:
        return states, counted, events, "budget"


def run(reference, method, restart, tol, budget):
    flow, u0 = KINDS[reference["kind"]](reference), np.array(reference["initial"])
    distance = lambda a, b: float(np.sqrt(((a - b) ** 2).sum() / reference["m"]))
    truth = [np.array(s) for s in reference["states"]]
    displacement = max(distance(s, u0) for s in truth)
    began = time.perf_counter()
    # As where our linearly implicit methods put it: a tenth of the tolerance, in units of the motion.
    atol = 0.1 * tol * displacement
    states, counted, events, outcome = integrate(flow, u0, reference["times"], method, restart, tol, atol, budget)
    seconds = time.perf_counter() - began
    done = outcome == "end"
    error = max(map(distance, states, truth)) / displacement if done else None
    return {
        "case": reference["name"], "method": method, "restart": restart, "tol": tol, "nfev": counted.nfev, "njev": counted.njev,
        "nlu": counted.nlu, "events": events, "error": error, "seconds": round(seconds, 3), "outcome": outcome,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="+", metavar="CASE")
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--tolerances", default=",".join(map(str, TOLERANCES)))
    parser.add_argument("--budget", type=int, default=BUDGET, help="evaluations of a single run")
    options = parser.parse_args()
    warnings.filterwarnings("ignore", module="scipy")
    for case in options.cases:
        reference = json.loads((TRUTH / f"{case}.json").read_text())
        restarts = ["guess", "last"] if reference["events"] else ["guess"]
        for method, restart in product(options.methods.split(","), restarts):
            for tol in map(float, options.tolerances.split(",")):
                row = run(reference, method, restart, tol, options.budget)
                print(json.dumps(row), flush=True)
                # Tighter tolerances cost more; the others may have lost their way among the events of a loose run.
                if row["outcome"] == "budget" and method not in WITH_JACOBIAN:
                    break


if __name__ == "__main__":
    sys.exit(main())
