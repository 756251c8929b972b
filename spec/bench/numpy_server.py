"""Velocities and flows by numpy and scipy, for spec/bench/main.ts.

    python3 spec/bench/numpy_server.py

Reads one question a line (JSON), answers with one line; times are milliseconds. The number of threads is OPENBLAS_NUM_THREADS. Each
velocity is written in several ways: naive (the obvious lines), out (arrays used again, in place), and tiled (rows of the data in blocks
that stay in the cache) or, for deconvolution, recurrence (powers of exp(2 pi i theta) by complex multiplication).
"""
import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np

LAMBDA = 0.1
SIGMA = 0.3
TILE_BYTES = 1 << 19


def name_of(c):
    if c["kind"] == "net":
        return f"{c['activation']}-{c['d']}-{c['n']}-{c['m']}"
    if c["kind"] == "spikes":
        return f"deconvolution-{c['d']}d-{c['K']}-{c['m']}"
    return f"sketch-{c['d']}-{c['n']}-{c['m']}" if c["kind"] == "sketch" else f"low-rank-{c['d']}-{c['m']}"


class Net:
    """f_k = (1/m) sum_i w_i s(theta_i . x_k), R = |f - t|^2/(2n); ways give (f, minus the pull in w, the same in theta)."""

    def __init__(self, c, load):
        n, m, d = c["n"], c["m"], c["d"]
        self.relu = c["activation"] == "relu"
        self.n, self.m = n, m
        self.X, self.t = load("inputs").reshape(n, d), load("targets")
        state = load("state").reshape(m, 1 + d)
        self.w, self.W = state[:, 0].copy(), state[:, 1:].copy()
        rows = max(8, min(n, TILE_BYTES // (8 * m)))
        self.Z, self.M = np.empty((n, m)), np.empty((n, m))
        self.tiles = [(slice(k, min(n, k + rows)), min(n, k + rows) - k) for k in range(0, n, rows)]
        self.z, self.mask = np.empty((rows, m)), np.empty((rows, m))
        self.gw, self.gW, self.part, self.f = np.empty(m), np.empty((m, d)), np.empty((m, d)), np.empty(n)
        self.WT = np.empty((d, m))
        self.ways = {"naive": self.naive, "out": self.out, "tiled": self.tiled}

    def loss(self, f):
        return ((f - self.t) ** 2).sum() / (2 * self.n)

    def naive(self):
        Z = self.X @ self.W.T
        S = np.maximum(Z, 0) if self.relu else 1 / (1 + np.exp(-Z))
        f = S @ self.w / self.m
        r = (f - self.t) / self.n
        D = (Z > 0) if self.relu else S * (1 - S)
        return f, -(S.T @ r), -self.w[:, None] * ((D * r[:, None]).T @ self.X)

    def unit(self, Z):
        """s in place."""
        if self.relu:
            np.maximum(Z, 0, out=Z)
        else:
            np.negative(Z, out=Z)
            np.exp(Z, out=Z)
            np.add(Z, 1, out=Z)
            np.reciprocal(Z, out=Z)

    def slope(self, S, M):
        """s' from s."""
        if self.relu:
            np.greater(S, 0, out=M)
        else:
            np.multiply(S, S, out=M)
            np.subtract(S, M, out=M)

    def out(self):
        np.matmul(self.X, self.W.T, out=self.Z)
        self.unit(self.Z)
        np.matmul(self.Z, self.w, out=self.f)
        self.f /= self.m
        r = (self.f - self.t) / self.n
        np.matmul(r, self.Z, out=self.gw)
        self.slope(self.Z, self.M)
        np.matmul(self.M.T, r[:, None] * self.X, out=self.gW)
        self.gW *= -self.w[:, None]
        np.negative(self.gw, out=self.gw)
        return self.f, self.gw, self.gW

    def tiled(self):
        self.gw.fill(0)
        self.gW.fill(0)
        np.copyto(self.WT, self.W.T)
        for rows, count in self.tiles:
            X, z, mask = self.X[rows], self.z[:count], self.mask[:count]
            np.matmul(X, self.WT, out=z)
            self.unit(z)
            f = self.f[rows]
            np.matmul(z, self.w, out=f)
            f /= self.m
            r = (f - self.t[rows]) / self.n
            self.gw -= r @ z
            self.slope(z, mask)
            np.matmul(mask.T, r[:, None] * X, out=self.part)
            self.gW -= self.part
        self.gW *= self.w[:, None]
        return self.f, self.gw, self.gW


class Circle:
    """f = (1/m) sum_i w_i phi(theta_i), phi = [1, sqrt 2 cos, sqrt 2 sin], R = |f - c|^2/(2 lambda)."""

    def __init__(self, K, c, w, theta, scale=LAMBDA, m=None):
        self.K, self.c, self.w, self.theta, self.scale = K, c, w, theta, scale
        self.m = m or len(w)
        self.k = np.arange(1, K + 1)
        count = len(w)
        self.A, self.C, self.S = (np.empty((count, K)) for _ in range(3))
        self.E = np.empty((K, count), dtype=complex)
        self.f, self.both = np.empty(2 * K + 1), np.empty((2, K), dtype=complex)
        self.ways = {"naive": self.naive, "out": self.out, "recurrence": self.recurrence}

    def loss(self, f):
        return ((f - self.c) ** 2).sum() / (2 * self.scale)

    def naive(self):
        A = 2 * np.pi * np.outer(self.theta, self.k)
        C, S = np.sqrt(2) * np.cos(A), np.sqrt(2) * np.sin(A)
        f = np.concatenate([[self.w.sum()], self.w @ C, self.w @ S]) / self.m
        g = (f - self.c) / self.scale
        a, b = g[1 : self.K + 1], g[self.K + 1 :]
        k = 2 * np.pi * self.k
        return f, -(g[0] + C @ a + S @ b), -self.w * (C @ (k * b) - S @ (k * a))

    def out(self):
        C, S, K, f = self.C, self.S, self.K, self.f
        np.multiply.outer(self.theta, 2 * np.pi * self.k, out=self.A)
        np.cos(self.A, out=C)
        np.sin(self.A, out=S)
        f[0] = self.w.sum()
        np.matmul(self.w, C, out=f[1 : K + 1])
        np.matmul(self.w, S, out=f[K + 1 :])
        f[1:] *= np.sqrt(2)
        f /= self.m
        g = (f - self.c) / self.scale
        g[1:] *= np.sqrt(2)
        a, b = g[1 : K + 1], g[K + 1 :]
        k = 2 * np.pi * self.k
        return f, -(g[0] + C @ a + S @ b), -self.w * (C @ (k * b) - S @ (k * a))

    def recurrence(self):
        E, K, f = self.E, self.K, self.f
        angle = (2 * np.pi) * self.theta
        E[0].real, E[0].imag = np.cos(angle), np.sin(angle)
        for j in range(1, K):
            np.multiply(E[j - 1], E[0], out=E[j])
        sums = E @ self.w.astype(complex)
        f[0] = self.w.sum()
        f[1 : K + 1], f[K + 1 :] = sums.real, sums.imag
        f[1:] *= np.sqrt(2)
        f /= self.m
        g = (f - self.c) / self.scale
        np.multiply(np.sqrt(2), g[1 : K + 1] - 1j * g[K + 1 :], out=self.both[0])
        np.multiply(self.both[0], 2j * np.pi * self.k, out=self.both[1])
        value, slope = (self.both @ E).real
        return f, -(g[0] + value), -self.w * slope


class Torus:
    """The same in two dimensions, phi the outer product of the bases of both axes."""

    def __init__(self, K, c, w, theta):
        self.K, self.c, self.w, self.theta, self.m = K, c.reshape(2 * K + 1, -1), w, theta, len(w)
        self.k = 2 * np.pi * np.arange(1, K + 1)
        self.rates = np.concatenate([[0], self.k, self.k])
        side = 2 * K + 1
        self.bases = [np.empty((self.m, side)) for _ in range(2)]
        self.slopes = [np.empty((self.m, side)) for _ in range(2)]
        self.angles, self.product, self.weighted = np.empty((self.m, K)), np.empty((self.m, side)), np.empty((self.m, side))
        self.E = np.empty((K, self.m), dtype=complex)
        self.ways = {"naive": self.naive, "out": self.out, "recurrence": self.recurrence}

    def loss(self, f):
        return ((f - self.c.ravel()) ** 2).sum() / (2 * LAMBDA)

    def naive(self):
        bases, slopes = [], []
        for axis in range(2):
            A = np.outer(self.theta[:, axis], self.k)
            C, S = np.sqrt(2) * np.cos(A), np.sqrt(2) * np.sin(A)
            bases.append(np.hstack([np.ones((self.m, 1)), C, S]))
            slopes.append(np.hstack([np.zeros((self.m, 1)), -self.k * S, self.k * C]))
        A, B = bases
        f = A.T @ (self.w[:, None] * B) / self.m
        G = (f - self.c) / LAMBDA
        along = [-(A @ G * B).sum(axis=1), -self.w * (slopes[0] @ G * B).sum(axis=1), -self.w * (A @ G * slopes[1]).sum(axis=1)]
        return f, along[0], np.stack(along[1:], axis=1)

    def rest(self):
        (A, B), (P, Q), K = self.bases, self.slopes, self.K
        for base, slope in zip(self.bases, self.slopes):
            slope[:, 0] = 0
            np.multiply(base[:, K + 1 :], -self.k, out=slope[:, 1 : K + 1])
            np.multiply(base[:, 1 : K + 1], self.k, out=slope[:, K + 1 :])
        np.multiply(self.w[:, None], B, out=self.weighted)
        f = A.T @ self.weighted
        f /= self.m
        G = (f - self.c) / LAMBDA
        np.matmul(A, G, out=self.product)
        value, second = np.einsum("ij,ij->i", self.product, B), np.einsum("ij,ij->i", self.product, Q)
        np.matmul(P, G, out=self.product)
        first = np.einsum("ij,ij->i", self.product, B)
        return f, -value, np.stack([-self.w * first, -self.w * second], axis=1)

    def out(self):
        K = self.K
        for axis, base in enumerate(self.bases):
            np.multiply.outer(self.theta[:, axis], self.k, out=self.angles)
            base[:, 0] = 1
            np.cos(self.angles, out=base[:, 1 : K + 1])
            np.sin(self.angles, out=base[:, K + 1 :])
            base[:, 1:] *= np.sqrt(2)
        return self.rest()

    def recurrence(self):
        E, K = self.E, self.K
        for axis, base in enumerate(self.bases):
            angle = (2 * np.pi) * self.theta[:, axis]
            step = np.cos(angle) + 1j * np.sin(angle)
            np.multiply(step, np.sqrt(2), out=E[0])
            for j in range(1, K):
                np.multiply(E[j - 1], step, out=E[j])
            base[:, 0] = 1
            base[:, 1 : K + 1], base[:, K + 1 :] = E.real.T, E.imag.T
        return self.rest()


class Sketch:
    """f = (1/m) sum_i w_i D [cos, sin](omega theta_i), D_k = exp(-|sigma omega_k|^2/2), R = |f - t|^2/(2n)."""

    def __init__(self, c, load):
        n, m, d = c["n"], c["m"], c["d"]
        self.n, self.m = n, m
        self.O, self.t = load("inputs").reshape(n, d), load("targets")
        state = load("state").reshape(m, 1 + d)
        self.w, self.T = state[:, 0].copy(), state[:, 1:].copy()
        self.D = np.exp(-(SIGMA**2) * (self.O**2).sum(axis=1) / 2)
        self.Z, self.C, self.S = (np.empty((m, n)) for _ in range(3))
        self.f = np.empty(2 * n)
        rows = max(8, min(n, TILE_BYTES // (8 * m)))
        self.tiles = [slice(k, min(n, k + rows)) for k in range(0, n, rows)]
        self.buffers = [np.empty(m * rows) for _ in range(3)]
        self.ways = {"naive": self.naive, "out": self.out, "tiled": self.tiled}

    def loss(self, f):
        return ((f - self.t) ** 2).sum() / (2 * self.n)

    def naive(self):
        Z = self.T @ self.O.T
        C, S = np.cos(Z), np.sin(Z)
        f = np.concatenate([self.D * (self.w @ C), self.D * (self.w @ S)]) / self.m
        g = (f - self.t) / self.n
        a, b = self.D * g[: self.n], self.D * g[self.n :]
        return f, -(C @ a + S @ b), -self.w[:, None] * ((C * b - S * a) @ self.O)

    def pass_over(self, rows, Z, C, S):
        """f of these frequencies, the pull in w, and the same in theta over w."""
        O, D, f = self.O[rows], self.D[rows], self.f
        np.matmul(self.T, O.T, out=Z)
        np.cos(Z, out=C)
        np.sin(Z, out=S)
        scaled = D / self.m
        c, s = scaled * (self.w @ C), scaled * (self.w @ S)
        f[: self.n][rows], f[self.n :][rows] = c, s
        a, b = D * (c - self.t[: self.n][rows]) / self.n, D * (s - self.t[self.n :][rows]) / self.n
        value = C @ a + S @ b
        np.multiply(C, b, out=C)
        np.multiply(S, a, out=S)
        np.subtract(C, S, out=C)
        return value, C @ O

    def out(self):
        value, turn = self.pass_over(slice(0, self.n), self.Z, self.C, self.S)
        return self.f, -value, -self.w[:, None] * turn

    def tiled(self):
        value, turn = 0, 0
        for rows in self.tiles:
            shape = (self.m, rows.stop - rows.start)
            v, t = self.pass_over(rows, *(b[: shape[0] * shape[1]].reshape(shape) for b in self.buffers))
            value, turn = value + v, turn + t
        return self.f, -value, -self.w[:, None] * turn


class LowRank:
    """f = (1/m) sum_i u_i u_i^T, R = |f - t|^2/4."""

    def __init__(self, c, load):
        d, m = c["d"], c["m"]
        self.m, self.U, self.t = m, load("state").reshape(m, d), load("targets").reshape(d, d)
        self.f, self.g, self.h, self.v = np.empty((d, d)), np.empty((d, d)), np.empty((d, d)), np.empty((m, d))
        self.ways = {"naive": self.naive, "out": self.out}

    def loss(self, f):
        return ((f - self.t.ravel()) ** 2).sum() / 4

    def naive(self):
        f = self.U.T @ self.U / self.m
        G = (f - self.t) / 2
        return f, None, -self.U @ (G + G.T)

    def out(self):
        np.matmul(self.U.T, self.U, out=self.f)
        self.f /= self.m
        np.subtract(self.t, self.f, out=self.g)
        np.add(self.g, self.g.T, out=self.h)
        self.h *= 0.5
        return self.f, None, np.matmul(self.U, self.h, out=self.v)


def opened(question):
    c, folder = question["case"], Path(question["folder"])
    load = lambda part: np.fromfile(folder / f"{name_of(c)}.{part}")
    for kind, field in (("net", Net), ("sketch", Sketch), ("low-rank", LowRank)):
        if c["kind"] == kind:
            return field(c, load), load
    state = load("state").reshape(c["m"], 1 + c["d"])
    w, theta = state[:, 0].copy(), state[:, 1:].copy()
    return (Circle(c["K"], load("targets"), w, theta[:, 0].copy()) if c["d"] == 1 else Torus(c["K"], load("targets"), w, theta)), load


def check(field, load, way):
    """Relative errors of R, f and the velocity."""
    f, first, rest = field.ways[way]()
    velocity = np.ravel(rest if first is None else np.column_stack([first, rest]))
    found = [np.array([field.loss(np.ravel(f))]), np.ravel(f), velocity]
    return [
        float(np.linalg.norm(a - b) / np.linalg.norm(b))
        for a, b in zip(found, (load(part) for part in ("value", "output", "velocity")))
    ]


def timed(call, ms):
    """The median time of a call, in groups of about a millisecond."""
    clock, since = time.perf_counter, time.perf_counter()
    call()
    group = max(1, int(1e-3 / max(clock() - since, 1e-7)))
    times = []
    while not times or clock() - since < ms / 1e3:
        start = clock()
        for _ in range(group):
            call()
        times.append((clock() - start) / group)
        if len(times) == 1:
            group = max(1, int(1e-3 / max(times[0], 1e-7)))
    return {"ms": 1e3 * statistics.median(times), "min": 1e3 * min(times)}


class PopulationField:
    """E relu(a.x) relu(b.x) over x ~ N(0, I_2) in closed form (Cho & Saul, 2009): one arctan2 a pair."""

    def __init__(self, problem, m):
        self.m, self.c, self.b = m, -np.array(problem["weights"]), np.array(problem["directions"])

    def __call__(self, t, y):
        u = y.reshape(-1, 3)
        w, a = u[:, 0], u[:, 1:]
        b = np.concatenate([a, self.b])
        c = np.concatenate([w / self.m, self.c])
        cross = np.abs(np.outer(a[:, 0], b[:, 1]) - np.outer(a[:, 1], b[:, 0]))
        inner = a @ b.T
        rest = np.pi - np.arctan2(cross, inner)
        out = np.empty_like(u)
        area = cross @ c
        out[:, 0] = area + (rest * inner) @ c
        out[:, 1:] = w[:, None] * ((area / (a * a).sum(axis=1))[:, None] * a + rest @ (c[:, None] * b))
        out *= -1 / (2 * np.pi)
        return out.ravel()


class CircleField:
    """Deconvolution with V = beta |w| on a branch: the particles that move, signs fixed."""

    def __init__(self, problem, m, signs):
        self.field = Circle(problem["order"], np.array(problem["coefficients"]), np.zeros(len(signs)), np.zeros(len(signs)), problem["lambda"], m)
        self.push = problem["beta"] * signs

    def velocity(self, way):
        field, push = self.field, self.push

        def call(t, y):
            u = y.reshape(-1, 2)
            field.w, field.theta = u[:, 0], u[:, 1]
            _, first, second = way()
            out = np.empty_like(u)
            np.subtract(first, push, out=out[:, 0])
            out[:, 1] = second
            return out.ravel()

        return call


def jacobian_of(problem, kind, m, moving, branch, start):
    """The exact one, for the implicit methods."""
    import flows

    reference = {"problem": problem, "m": m, "d": start.shape[1]}
    flow = flows.KINDS[kind](reference)
    flat = np.repeat(moving, start.shape[1])

    def jacobian(t, y):
        whole = start.copy()
        whole[moving] = y.reshape(-1, start.shape[1])
        return flow.jacobian(whole, branch)[np.ix_(flat, flat)]

    return jacobian


def stretches_of(file):
    whole = json.loads(Path(file).read_text())
    problem, m = whole["problem"], whole["m"]
    runs = []
    for s in whole["stretches"]:
        start, exact = np.array(s["start"]).reshape(m, -1), np.array(s["exact"]).reshape(m, -1)
        if whole["figure"] != "figure-2":
            branch = np.array(s["branch"])
            moving = branch != 0
            field = CircleField(problem, m, branch[moving])
            u = start[moving].ravel()
            calls = [field.velocity(way) for way in field.field.ways.values()]
            velocity = min(calls, key=lambda call: timed(lambda: call(0, u), 100)["ms"])
            parts = {"K": problem["order"], "y": problem["coefficients"], "beta": problem["beta"], "lambda": problem["lambda"]}
            kind = "deconvolution-1d"
        else:
            branch, moving = None, np.ones(m, dtype=bool)
            velocity = PopulationField(problem, m)
            parts = {"teacher": {"theta": np.array(problem["directions"]), "c": np.array(problem["weights"])}}
            kind = "relu-gauss"
        jacobian = jacobian_of(parts, kind, m, moving, branch, start)
        runs.append((velocity, jacobian, start[moving].ravel(), s["length"], exact[moving].ravel()))
    return m, runs


KNOWN = {}


def flow(question):
    from scipy.integrate import solve_ivp

    file, method, rtol = question["file"], question["method"], question["rtol"]
    if file not in KNOWN:
        KNOWN[file] = stretches_of(file)
    m, runs = KNOWN[file]
    result = {"error": 0.0, "evaluations": 0}
    options = {"method": method, "rtol": rtol, "atol": rtol * 1e-2}

    def limited(velocity):
        until = time.perf_counter() + question["limit"] / 1e3

        def call(t, y):
            if time.perf_counter() > until:
                raise TimeoutError
            return velocity(t, y)

        return call

    def once():
        result.update(error=0.0, evaluations=0)
        for velocity, jacobian, y, end, exact in runs:
            jac = {"jac": jacobian} if method in ("LSODA", "Radau", "BDF") else {}
            try:
                found = solve_ivp(limited(velocity), (0, end), y, **options, **jac)
            except TimeoutError:
                found = None
            if found is None or not found.success:
                result["error"] = None
                return
            error = float(np.sqrt(((found.y[:, -1] - exact) ** 2).sum() / m))
            result.update(error=max(result["error"], error), evaluations=result["evaluations"] + int(found.nfev))

    return {**timed(once, question["ms"]), **result}


def main():
    current = None
    for line in sys.stdin:
        question = json.loads(line)
        if question["ask"] == "flow":
            answer = flow(question)
        else:
            name = name_of(question["case"])
            if current is None or current[0] != name:
                current = (name, *opened(question))
            _, field, load = current
            way = question["way"]
            answer = {"errors": check(field, load, way)} if question["ask"] == "check" else timed(field.ways[way], question["ms"])
        print(json.dumps(answer), flush=True)


main()
