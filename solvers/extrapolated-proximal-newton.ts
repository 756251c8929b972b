import { stepping } from '../src/drive.js';
import { extrapolated } from '../src/extrapolation.js';
import type { Solver } from '../src/types.js';

const name = 'extrapolated-proximal-newton';
const { stepper: _, ...solver } = stepping(
  extrapolated(name, 'proximal-newton', { implicit: true }),
  'linearly implicit Euler extrapolated to order 2, adaptive; stiff flows, kinks stepped over, F falls',
);

/** Extrapolation of proximal-newton; it rests on kinks by itself, so that no wrapper takes it. */
export const extrapolatedProximalNewton: Solver = { ...solver, located: true, staysInside: true };
