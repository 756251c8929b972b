"""Makes relu-slide3-m5.json: classical ReLU units in R^3 that slide along two kinks at once. python3 with numpy and scipy.

Independent of the package: between events scipy's DOP853 integrates the pattern in force; the weights of the samples slid on solve
x_k.v = 0 with the velocities themselves; at an event every assignment off / slide / on of the kinks met is tried, and the one that
agrees with its own rates (off: rate <= 0, on: rate >= 0, slide: weight inside (0, 1)) is taken.
"""
import itertools, json, sys
import numpy as np
from scipy.integrate import solve_ivp

n, d, m, T = 10, 3, 5, 20.0
rng = np.random.default_rng(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
X, target = rng.standard_normal((n, d)).round(3), rng.standard_normal(n).round(3)
u0 = np.hstack([rng.choice([-1.0, 1.0], (m, 1)), (rng.standard_normal((m, d)) / np.sqrt(d)).round(3)])
kind = lambda a: 'kink' if a[0] * a[1] else 'slide' if a[1] == 0 else 'unslide'

def gradient(u, on):
    z = u[:, 1:] @ X.T
    f = np.einsum('i,ik->k', u[:, 0], np.where(on == 1, z, 0)) / m
    return (f - target) / n, z

def row(u, g, z, weights, i):
    """Velocity of particle i with these weights of its samples."""
    return np.concatenate([[-(weights * z[i]) @ g], -u[i, 0] * (weights * g) @ X])

def weights_of(u, g, z, s, i):
    """On 1, off 0, sliding: what keeps x_k.v = 0."""
    w = (s == 1).astype(float)
    S = np.flatnonzero(s == 0)
    if len(S):
        base = row(u, g, z, w, i)[1:]
        A = np.array([[X[k] @ (row(u, g, z, w + np.eye(n)[l], i)[1:] - base) for l in S] for k in S])
        w[S] = np.linalg.solve(A, -X[S] @ base)
    return w

def field(y, s):
    u = y[:-1].reshape(m, 1 + d)
    g, z = gradient(u, s)
    v = np.array([row(u, g, z, weights_of(u, g, z, s[i], i), i) for i in range(m)])
    return np.append(v.ravel(), np.sum(v * v) / m)

def margins(y, s):
    u = y[:-1].reshape(m, 1 + d)
    g, z = gradient(u, s)
    w = np.array([weights_of(u, g, z, s[i], i) for i in range(m)])
    return np.where(s == 0, np.minimum(w, 1 - w), s * z).ravel()

def decide(y, s, i, met):
    u = y[:-1].reshape(m, 1 + d)
    g, z = gradient(u, s)
    for choice in itertools.product([-1, 0, 1], repeat=len(met)):
        t = s[i].copy(); t[met] = choice
        try: w = weights_of(u, g, z, t, i)
        except np.linalg.LinAlgError: continue
        rate = X[met] @ row(u, g, z, w, i)[1:]
        if all((c == 0 and 1e-9 < w[k] < 1 - 1e-9) or (c != 0 and c * r >= -1e-12) for c, k, r in zip(choice, met, rate)): return t
    raise RuntimeError('no consistent pattern')

def energy(y):
    u = y[:-1].reshape(m, 1 + d)
    f = u[:, 0] @ np.maximum(u[:, 1:] @ X.T, 0) / m
    return float(np.sum((f - target) ** 2) / (2 * n))

def run(rtol, times):
    y, t, s, out, events = np.append(u0.ravel(), 0.0), 0.0, np.sign(u0[:, 1:] @ X.T).astype(int), {}, []
    while t < T:
        def watch(k):
            def e(_, y): return margins(y, s)[k]
            e.terminal, e.direction = True, -1
            return e
        free = margins(y, s)
        sol = solve_ivp(lambda _, y: field(y, s), (t, T), y, 'DOP853', rtol=rtol, atol=rtol * 1e-2, dense_output=True,
                        max_step=0.25, events=[watch(k) for k in range(m * n)])
        for x in times:
            if t < x <= sol.t[-1]: out[x] = sol.sol(x)
        t, y = sol.t[-1], sol.y[:, -1].copy()
        hits = [k for k in range(m * n) if len(sol.t_events[k])]
        if not hits: break
        i = hits[0] // n
        met = sorted({k % n for k in hits} | set(np.flatnonzero(s[i] == 0)))
        # The weights solved for keep a particle on its kinks to the error of the steps only: back onto them.
        u = y[:-1].reshape(m, 1 + d)
        on = X[met]
        u[i, 1:] -= on.T @ np.linalg.solve(on @ on.T, on @ u[i, 1:])
        new = decide(y, s, i, met)
        for k in met:
            if new[k] != s[i, k]: events.append({'t': t, 'type': kind((int(s[i, k]), int(new[k]))), 'particle': int(i), 'sample': int(k)})
        s = s.copy(); s[i] = new
    return out, events

if __name__ == '__main__':
    times = [2.0, 5.0, 8.0, 11.0, 14.0, 17.0, 20.0]
    (fine, events), (coarse, same) = run(1e-13, times), run(1e-11, times)
    F0 = energy(np.append(u0.ravel(), 0.0))
    audit = max(abs(energy(fine[t]) + fine[t][-1] - F0) / F0 for t in times)
    gap = max(np.max(np.abs(fine[t] - coarse[t])) for t in times)
    print(len(events), [(e['type'], e['particle'], e['sample'], round(e['t'], 3)) for e in events], audit, gap,
          [(e['type'], e['particle'], e['sample']) for e in events] == [(e['type'], e['particle'], e['sample']) for e in same], file=sys.stderr)
    v0 = field(np.append(u0.ravel(), 0.0), np.sign(u0[:, 1:] @ X.T).astype(int))[:-1].reshape(m, 1 + d)
    json.dump({'format': 'pgf-reference-1', 'name': 'relu-slide3-m5', 'kind': 'relu-classic',
        'description': 'ReLU units in R^3 on ten samples; particles slide along two kinks at once. Made by relu-slide3.py.',
        'problem': {'type': 'relu', 'X': X.tolist(), 'y': target.tolist(), 'bias': False, 'V': 'none'}, 'm': m, 'd': 1 + d,
        'initial': u0.tolist(), 'F0': F0, 'velocity0': v0.tolist(), 'times': times,
        'states': [fine[t][:-1].reshape(m, 1 + d).tolist() for t in times], 'F': [energy(fine[t]) for t in times],
        'dissipation': [float(fine[t][-1]) for t in times], 'events': events, 'audit_relative': audit,
        'agreement': {'methods': 'DOP853 rtol 1e-13 (values given) vs rtol 1e-11', 'state_max_abs': float(gap)}}, sys.stdout)
