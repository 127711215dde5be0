/** @file The part of the WebAssembly interface we use, typed here because the compiler knows neither Node's nor a browser's. */

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

export interface WasmModule {
  readonly [Symbol.toStringTag]: string;
}

interface Host {
  readonly validate: (bytes: Uint8Array) => boolean;
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (
    module: WasmModule,
    imports: { env: { memory: WasmMemory } },
  ) => { readonly exports: unknown };
  readonly Memory: new (size: { initial: number; maximum: number }) => WasmMemory;
}

export const { validate, Module, Instance, Memory } = (globalThis as unknown as { WebAssembly: Host }).WebAssembly;
