/** The part of WebAssembly that kernels use; the declarations of TypeScript come with those of the whole DOM. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Memory {
    readonly buffer: ArrayBuffer;
    constructor(limits: { initial: number; maximum?: number; shared?: boolean });
  }
  class Instance {
    readonly exports: Record<string, unknown>;
    constructor(module: Module, imports?: Record<string, Record<string, unknown>>);
  }
  function validate(bytes: Uint8Array): boolean;
}
