/** The kernels as base64 of WebAssembly; build.mjs writes them beside the compiled sources. */
export const strict: string;
/** Where the engine has relaxed SIMD: a·b + c rounded once. */
export const fused: string;
/** The same two of two-layer nets in single precision. */
export const single: string;
export const singleFused: string;
