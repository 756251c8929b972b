import { stepping } from '../src/drive.js';
import { extrapolated } from '../src/extrapolation.js';
import type { Solver } from '../src/types.js';

const name = 'extrapolated-proximal-euler';
const { stepper: _, ...solver } = stepping(
  extrapolated(name, 'forward-backward', { needs: ['split'] }),
  'proximal Euler extrapolated to order 2, adaptive; kinks stepped over, F falls',
);

/** Extrapolation of proximal-euler; it rests on kinks by itself, so that no wrapper takes it. */
export const extrapolatedProximalEuler: Solver = { ...solver, located: true, staysInside: true };
