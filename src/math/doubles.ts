/** Doubles as text: base64 of their bits, because JSON loses −0, NaN and infinities. */
import type { Vec } from '../types.js';

/** More arguments than this do not fit one call. */
const CHUNK = 2 ** 15;

export function bytesToText(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += CHUNK) text += String.fromCharCode(...bytes.subarray(i, i + CHUNK));
  return btoa(text);
}

export const textToBytes = (text: string): Uint8Array => Uint8Array.from(atob(text), c => c.charCodeAt(0));

export function encodeDoubles(list: ArrayLike<number>): string {
  const a = Float64Array.from(list);
  return bytesToText(new Uint8Array(a.buffer));
}

export const decodeDoubles = (text: string): Vec => new Float64Array(textToBytes(text).buffer as ArrayBuffer);

/** The same into a list, in place of what was in it. */
export function decodeInto(text: string, list: number[]): void {
  list.length = 0;
  for (const x of decodeDoubles(text)) list.push(x);
}
