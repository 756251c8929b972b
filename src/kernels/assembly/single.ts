/** AssemblyScript: the module of kernels in single precision, which is compiled where it is asked for: two-layer nets alone. */
import { packAs, unpackAs } from './pack';
import { chunkOf as panels } from './panel';
import { chunkOf as plane } from './plane';

export { constantsSingle as constants } from './arithmetic';

export function pack(table: usize, range: usize, _thread: usize): void {
  packAs<f32>(table, range);
}
export function unpack(table: usize, range: usize, _thread: usize): void {
  unpackAs<f32>(table, range);
}
export function relu(table: usize, chunk: usize, thread: usize): void {
  panels<f32>(0, false, table, chunk, thread);
}
export function sigmoid(table: usize, chunk: usize, thread: usize): void {
  panels<f32>(1, false, table, chunk, thread);
}
export function tanh(table: usize, chunk: usize, thread: usize): void {
  panels<f32>(2, false, table, chunk, thread);
}
export function relu2(table: usize, chunk: usize, thread: usize): void {
  plane<f32>(0, 2, table, chunk, thread);
}
export function relu3(table: usize, chunk: usize, thread: usize): void {
  plane<f32>(0, 3, table, chunk, thread);
}
export function sigmoid2(table: usize, chunk: usize, thread: usize): void {
  plane<f32>(1, 2, table, chunk, thread);
}
export function sigmoid3(table: usize, chunk: usize, thread: usize): void {
  plane<f32>(1, 3, table, chunk, thread);
}
export function tanh2(table: usize, chunk: usize, thread: usize): void {
  plane<f32>(2, 2, table, chunk, thread);
}
export function tanh3(table: usize, chunk: usize, thread: usize): void {
  plane<f32>(2, 3, table, chunk, thread);
}
