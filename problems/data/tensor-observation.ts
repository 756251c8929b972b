/** A symmetric tensor of order 3 as its distinct entries: given whole, or as a sum of cubes with noise. */
import { random } from '../../src/math/random.js';
import type { ProblemContext, ProblemFault, Vec } from '../../src/types.js';
import { type CubeEntries, cubeEntries, symmetricCube } from '../features/symmetric-cube.js';
import { agrees, factorFaults, type Rows } from './matrix-observation.js';

export interface TensorSpec {
  readonly tensor?: readonly Rows[];
  /** Rows v of T = Σ v⊗v⊗v. */
  readonly components?: Rows;
  readonly noise?: { readonly level: number; readonly seed?: string | number };
  /** Rows sought, of a tensor that is given. */
  readonly truth?: Rows;
}

export const tensorSize = ({ tensor, components }: TensorSpec): number =>
  tensor ? tensor.length : (components?.[0].length ?? 0);

const each = ({ count, indices }: CubeEntries, visit: (k: number, a: number, b: number, c: number) => void): void => {
  for (let k = 0; k < count; k++) visit(k, indices[3 * k], indices[3 * k + 1], indices[3 * k + 2]);
};

/** All orders of three indices. */
const orders = (a: number, b: number, c: number): number[][] => [
  [a, b, c],
  [a, c, b],
  [b, a, c],
  [b, c, a],
  [c, a, b],
  [c, b, a],
];

const SYMMETRY = 1e-12;

function symmetryFault(T: readonly Rows[]): ProblemFault[] {
  const size = Math.max(...T.flat(2).map(Math.abs));
  const found: ProblemFault[] = [];
  each(cubeEntries(T.length), (_k, a, b, c) => {
    const here = T[a][b][c];
    const other = orders(a, b, c).find(([i, j, k]) => Math.abs(T[i][j][k] - here) > SYMMETRY * size);
    if (!other) return;
    const [i, j, k] = other;
    found.push({
      path: ['tensor', i, j, k],
      message: `must be symmetric: found ${T[i][j][k]} here and ${here} at [${a}, ${b}, ${c}]`,
    });
  });
  return found.slice(0, 1);
}

/** What the schema cannot say. */
export function tensorFaults(spec: TensorSpec): ProblemFault[] {
  const { tensor, components, noise, truth } = spec;
  if ((tensor === undefined) === (components === undefined)) {
    const found = tensor ? 'both' : 'none';
    return [{ path: [], message: `give exactly one of tensor and components, found ${found}` }];
  }
  if (components && truth)
    return [{ path: ['truth'], message: 'is for a tensor; components are the truth themselves' }];
  if (components) return factorFaults(components).map(f => ({ ...f, path: ['components', ...f.path] }));
  if (!tensor) return [];
  if (noise) return [{ path: ['noise'], message: 'is for components; a tensor is taken as given' }];
  const d = tensor.length;
  for (const [a, slice] of tensor.entries()) {
    const bad = slice.findIndex(r => r.length !== d);
    const found = bad < 0 ? `${slice.length}×${d}` : `a row of ${slice[bad].length}`;
    if (bad >= 0 || slice.length !== d)
      return [
        {
          path: ['tensor', a, ...(bad < 0 ? [] : [bad])],
          message: `a ${d}×${d}×${d} tensor is wanted, as many slices as it has; found ${found}`,
        },
      ];
  }
  return [...symmetryFault(tensor), ...truthFaults(truth, d)].slice(0, 1);
}

function truthFaults(truth: Rows | undefined, d: number): ProblemFault[] {
  const bad = truth?.findIndex(v => v.length !== d) ?? -1;
  const message = `components of a ${d}×${d}×${d} tensor have ${d} numbers, found ${truth?.[bad]?.length}`;
  return bad < 0 ? [] : [{ path: ['truth', bad], message }];
}

/** The tensor written out, d×d×d. */
function written(d: number, targets: Vec, cube: CubeEntries): number[][][] {
  const T = Array.from({ length: d }, () => Array.from({ length: d }, () => Array<number>(d).fill(0)));
  each(cube, (k, a, b, c) => {
    for (const [i, j, l] of orders(a, b, c)) T[i][j][l] = targets[k] / cube.roots[k];
  });
  return T;
}

export interface TensorObserved {
  /** Distinct entries as in features/symmetric-cube.ts. */
  readonly targets: Vec;
  readonly tensor: number[][][];
  /** Whether the targets are those of the components sought. */
  readonly exact: boolean;
}

export function observedTensor(spec: TensorSpec, { seed }: Pick<ProblemContext, 'seed'>): TensorObserved {
  const d = tensorSize(spec);
  const cube = cubeEntries(d);
  const targets = new Float64Array(cube.count);
  const { tensor, components, noise, truth = components } = spec;
  const sum = (rows: Rows): Vec => {
    const out = new Float64Array(cube.count);
    symmetricCube(d).sumInto(Float64Array.from(rows.flat()), rows.length, out);
    return out.map(x => x * rows.length);
  };
  if (tensor)
    each(cube, (k, a, b, c) => {
      targets[k] = cube.roots[k] * tensor[a][b][c];
    });
  else if (components) {
    targets.set(sum(components));
    const chance = random(String(noise?.seed ?? seed), 'noise');
    if (noise?.level) for (let k = 0; k < cube.count; k++) targets[k] += cube.roots[k] * noise.level * chance.normal();
  }
  return {
    targets,
    tensor: tensor ? tensor.map(s => s.map(r => [...r])) : written(d, targets, cube),
    exact: truth !== undefined && agrees(targets, sum(truth)),
  };
}
