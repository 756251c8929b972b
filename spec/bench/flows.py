"""Velocity, exact Jacobian and margins of the flows of spec/truth, by numpy alone; conventions in spec/truth/README.md.

A state u is (m, d), one row per particle; a branch is a smooth side of the kinks, on which margins are positive.
"""
import numpy as np


class FiniteFeatures:
    """v = -<R'(f), dPhi> - dV for f = (1/m) sum_i Phi(u_i) in R^N and R'' constant; subclasses give Phi and V on a branch."""

    def __init__(self, reference):
        self.p = reference["problem"]
        self.m, self.d = reference["m"], reference["d"]

    def curvature(self):
        """R'': (N, N), or a number that multiplies the identity."""
        raise NotImplementedError

    def loss_gradient(self, f):
        raise NotImplementedError

    def features(self, u, branch):
        """Phi, dPhi: (m, N) and (m, d, N)."""
        raise NotImplementedError

    def second(self, u, branch, g):
        """<g, d2Phi(u_i)>: (m, d, d)."""
        raise NotImplementedError

    def penalty(self, u, branch):
        """dV on the branch, (m, d), and d2V, (d, d)."""
        return np.zeros_like(u), np.zeros((self.d, self.d))

    def velocity(self, u, branch):
        phi, gradients = self.features(u, branch)
        g = self.loss_gradient(phi.mean(axis=0))
        return -gradients @ g - self.penalty(u, branch)[0]

    def jacobian(self, u, branch):
        phi, gradients = self.features(u, branch)
        g = self.loss_gradient(phi.mean(axis=0))
        rows = gradients.reshape(self.m * self.d, -1)
        j = -(rows @ self.curvature() if np.ndim(self.curvature()) else self.curvature() * rows) @ rows.T / self.m
        blocks = j.reshape(self.m, self.d, self.m, self.d)
        each = np.arange(self.m)
        blocks[each, :, each, :] -= self.second(u, branch, g) + self.penalty(u, branch)[1]
        return j

    # Without kinks.
    def first_branch(self, u):
        return None

    def active(self, branch):
        """Which particles move."""
        return np.ones(self.m, dtype=bool)

    def margins(self, u, branch):
        return np.empty(0)


class AbsWeight(FiniteFeatures):
    """V = beta |w|: the branch is a sign per particle, 0 for one that rests at w = 0 while |eta| <= beta."""

    def penalty(self, u, branch):
        dv = np.zeros_like(u)
        dv[:, 0] = self.p["beta"] * branch
        return dv, np.zeros((self.d, self.d))

    def eta(self, u):
        unit = u.copy()
        unit[:, 0] = 1
        phi = self.features(unit, None)[0]
        return -phi @ self.loss_gradient(u[:, 0] @ phi / self.m)

    def first_branch(self, u):
        eta = self.eta(u)
        leaves = np.where(np.abs(eta) > self.p["beta"], np.sign(eta), 0)
        return np.where(u[:, 0] != 0, np.sign(u[:, 0]), leaves)

    def active(self, branch):
        return branch != 0

    def margins(self, u, branch):
        return np.where(branch != 0, branch * u[:, 0], self.p["beta"] - np.abs(self.eta(u)))

    def cross(self, u, branch, i):
        u, branch = u.copy(), branch.copy()
        u[i, 0] = 0
        eta = self.eta(u)[i]
        stays = branch[i] != 0 and abs(eta) <= self.p["beta"] * (1 + 1e-9)
        branch[i] = 0 if stays else np.sign(eta)
        return u, branch


class Deconvolution(AbsWeight):
    def curvature(self):
        return 1 / self.p["lambda"]

    def loss_gradient(self, f):
        return (f - np.array(self.p["y"])) / self.p["lambda"]

    def basis(self, theta):
        """phi, phi', phi'' at each theta: (m, 2K + 1)."""
        k = 2 * np.pi * np.arange(1, self.p["K"] + 1)
        c, s = np.sqrt(2) * np.cos(np.outer(theta, k)), np.sqrt(2) * np.sin(np.outer(theta, k))
        one, zero = np.ones((len(theta), 1)), np.zeros((len(theta), 1))
        return np.hstack([one, c, s]), np.hstack([zero, -k * s, k * c]), np.hstack([zero, -k * k * c, -k * k * s])

    def features(self, u, branch):
        phi, first, _ = self.basis(u[:, 1])
        w = u[:, :1]
        return w * phi, np.stack([phi, w * first], axis=1)

    def second(self, u, branch, g):
        _, first, second = self.basis(u[:, 1])
        out = np.zeros((self.m, 2, 2))
        out[:, 0, 1] = out[:, 1, 0] = first @ g
        out[:, 1, 1] = u[:, 0] * (second @ g)
        return out


class MeanSquare:
    """R(f) = |f - y|^2 / (2 lambda n) over a table X, y."""

    def __init__(self, reference):
        super().__init__(reference)
        self.X, self.y = np.array(self.p["X"]), np.array(self.p["y"])

    def curvature(self):
        return 1 / (self.p.get("lambda", 1) * len(self.y))

    def loss_gradient(self, f):
        return self.curvature() * (f - self.y)


class Sigmoid(MeanSquare, AbsWeight):
    def __init__(self, reference):
        super().__init__(reference)
        self.Z = np.hstack([self.X, np.ones((len(self.y), 1))])

    def features(self, u, branch):
        s = 1 / (1 + np.exp(-u[:, 1:] @ self.Z.T))
        w = u[:, :1]
        return w * s, np.concatenate([s[:, None], (w * s * (1 - s))[:, None] * self.Z.T], axis=1)

    def second(self, u, branch, g):
        s = 1 / (1 + np.exp(-u[:, 1:] @ self.Z.T))
        slope = s * (1 - s)
        out = np.zeros((self.m, self.d, self.d))
        out[:, 0, 1:] = out[:, 1:, 0] = (g * slope) @ self.Z
        out[:, 1:, 1:] = np.einsum("ik,ka,kb->iab", u[:, :1] * g * slope * (1 - 2 * s), self.Z, self.Z)
        return out


class SampleKinks(MeanSquare, FiniteFeatures):
    """relu(s(theta).x_k): the branch holds the sign of s(theta_i).x_k, (m, n); all kinks of the cases here are crossed, none slid on."""

    def inner(self, u):
        raise NotImplementedError

    def first_branch(self, u):
        return np.sign(self.inner(u))

    def margins(self, u, branch):
        return (branch * self.inner(u)).ravel()

    def cross(self, u, branch, k):
        branch = branch.copy()
        branch.flat[k] *= -1
        return u, branch


class ReluClassic(SampleKinks):
    def inner(self, u):
        return u[:, 1:] @ self.X.T

    def features(self, u, branch):
        on = branch > 0
        unit = on * self.inner(u)
        return u[:, :1] * unit, np.concatenate([unit[:, None], (u[:, :1] * on)[:, None] * self.X.T], axis=1)

    def second(self, u, branch, g):
        out = np.zeros((self.m, 3, 3))
        out[:, 0, 1:] = out[:, 1:, 0] = ((branch > 0) * g) @ self.X
        return out


class ReluSignedSquare(SampleKinks):
    def inner(self, u):
        return (u * np.abs(u)) @ self.X.T

    def signed(self, branch):
        return np.array(self.p["signs"])[:, None] * (branch > 0)

    def features(self, u, branch):
        on = self.signed(branch)
        return on * self.inner(u), on[:, None] * (2 * np.abs(u)[:, :, None] * self.X.T)

    def second(self, u, branch, g):
        out = np.zeros((self.m, 2, 2))
        out[:, [0, 1], [0, 1]] = 2 * np.sign(u) * ((self.signed(branch) * g) @ self.X)
        return out

    def penalty(self, u, branch):
        return 2 * self.p["beta"] * u, 2 * self.p["beta"] * np.eye(2)


class LowRank(FiniteFeatures):
    """Phi = theta theta^T with N = d^2."""

    def curvature(self):
        return 0.5

    def loss_gradient(self, f):
        return 0.5 * (f - np.array(self.p["M"]).ravel())

    def features(self, u, branch):
        e = np.eye(self.d)
        first = np.einsum("ab,ic->iabc", e, u) + np.einsum("ac,ib->iabc", e, u)
        return np.einsum("ib,ic->ibc", u, u).reshape(self.m, -1), first.reshape(self.m, self.d, -1)

    def second(self, u, branch, g):
        g = g.reshape(self.d, self.d)
        return np.broadcast_to(g + g.T, (self.m, self.d, self.d))


class Quadratic(FiniteFeatures):
    def curvature(self):
        return np.array(self.p["Q"])

    def loss_gradient(self, f):
        return np.array(self.p["Q"]) @ (f - np.array(self.p["a"]))

    def features(self, u, branch):
        return u, np.broadcast_to(np.eye(self.d), (self.m, self.d, self.d))

    def second(self, u, branch, g):
        return np.zeros((self.m, self.d, self.d))

    def penalty(self, u, branch):
        B = np.array(self.p["B"])
        return u @ B, B


class ReluGauss(FiniteFeatures):
    """E relu(a.x) relu(b.x) = |a||b| (sin p + (pi - p) cos p)/(2 pi) over x ~ N(0, I_2), p the angle of a and b (Cho & Saul, 2009)."""

    def pairs(self, theta):
        """Against particles (weight w_j/m) and teacher (weight -c_l): k, its gradient in the first argument, and both second blocks."""
        others = np.vstack([theta, self.p["teacher"]["theta"]])
        a, b = theta[:, None, :], others[None, :, :]
        na, nb = np.linalg.norm(a, axis=2), np.linalg.norm(b, axis=2)
        ea, eb = a / na[..., None], b / nb[..., None]
        cross = ea[..., 0] * eb[..., 1] - ea[..., 1] * eb[..., 0]
        angle = np.arctan2(np.abs(cross), (ea * eb).sum(axis=2))
        sine, rest = np.sin(angle), np.pi - angle
        k = na * nb * (sine + rest * np.cos(angle)) / (2 * np.pi)
        first = ((nb * sine)[..., None] * ea + rest[..., None] * b) / (2 * np.pi)
        # Unit normals of a towards b and of b towards a.
        turn = np.where(cross < 0, -1.0, 1.0)[..., None]
        towards_b = turn * np.stack([-ea[..., 1] + 0 * cross, ea[..., 0] + 0 * cross], axis=-1)
        towards_a = -turn * np.stack([-eb[..., 1] + 0 * cross, eb[..., 0] + 0 * cross], axis=-1)
        outer = lambda x, y: x[..., :, None] * y[..., None, :]
        aa = (nb * sine / (np.pi * na))[..., None, None] * outer(towards_b, towards_b)
        ab = rest[..., None, None] * np.eye(2) + sine[..., None, None] * (outer(ea, eb) + outer(towards_b, towards_a))
        return k, first, aa, ab / (2 * np.pi)

    def weights(self, u):
        return np.concatenate([u[:, 0] / self.m, -np.array(self.p["teacher"]["c"])])

    def velocity(self, u, branch):
        k, first, _, _ = self.pairs(u[:, 1:])
        c = self.weights(u)
        return -np.hstack([(k @ c)[:, None], u[:, :1] * np.einsum("ija,j->ia", first, c)])

    def jacobian(self, u, branch):
        m, w = self.m, u[:, 0]
        k, first, aa, ab = self.pairs(u[:, 1:])
        c = self.weights(u)
        slope = np.einsum("ija,j->ia", first, c)
        j = np.zeros((m, 3, m, 3))
        j[:, 0, :, 0] = -k[:, :m] / m
        # k is symmetric: its gradient in the second argument is that of the exchanged pair.
        j[:, 0, :, 1:] = -w[None, :, None] / m * first[:, :m].transpose(1, 0, 2)
        j[:, 1:, :, 0] = -(w[:, None, None] / m * first[:, :m]).transpose(0, 2, 1)
        j[:, 1:, :, 1:] = -(w[:, None, None, None] * w[None, :, None, None] / m * ab[:, :m]).transpose(0, 2, 1, 3)
        each = np.arange(m)
        j[each, 0, each, 1:] -= slope
        j[each, 1:, each, 0] -= slope
        j[each, 1:, each, 1:] -= w[:, None, None] * np.einsum("ijab,j->iab", aa, c)
        return j.reshape(3 * m, 3 * m)


KINDS = {
    "deconvolution-1d": Deconvolution,
    "sigmoid": Sigmoid,
    "relu-classic": ReluClassic,
    "relu-signed-square": ReluSignedSquare,
    "relu-gauss": ReluGauss,
    "lowrank": LowRank,
    "quadratic": Quadratic,
}
