import Module from 'node:module';
import type { WorkerLog } from './rpc.ts';

const CORE_MODULE = '@azure/functions-core';
const HOOK_NAMES = ['appStart', 'appTerminate', 'preInvocation', 'postInvocation', 'log'] as const;

export type HookName = (typeof HOOK_NAMES)[number];
type Hook = (context: object) => unknown;
export type Callback = (...args: unknown[]) => unknown;

/** As the library registers it, and wants it back at each invocation: bindings by name. */
export interface RegisteredMetadata {
  readonly name: string;
  readonly functionId?: string;
  readonly bindings: Readonly<Record<string, { readonly type: string; readonly direction: string }>>;
  readonly retryOptions?: unknown;
}

export interface RegisteredFunction {
  readonly metadata: RegisteredMetadata & { readonly functionId: string };
  readonly callback: Callback;
}

/** What the library supplies: how arguments, handler and answer of an invocation go together. */
export interface InvocationModel {
  getArguments(): Promise<{ context: object; inputs: unknown[] }>;
  invokeFunction(context: object, inputs: unknown[], callback: Callback): Promise<unknown>;
  getResponse(context: object, result: unknown): Promise<object>;
}

export interface ProgrammingModel {
  readonly name: string;
  readonly version: string;
  getInvocationModel(coreContext: object): InvocationModel;
  getCapabilities?(capabilities: object): Promise<object> | object;
}

class Disposable {
  #dispose: (() => void) | undefined;
  constructor(dispose: () => void) {
    this.#dispose = dispose;
  }
  static from(...items: { dispose?: () => void }[]): Disposable {
    return new Disposable(() => {
      for (const item of items) item.dispose?.();
    });
  }
  dispose(): void {
    this.#dispose?.();
    this.#dispose = undefined;
  }
}

/** The library tells errors of the platform from those of the app by this flag. */
const systemError = (error: Error): Error => Object.assign(error, { isAzureFunctionsSystemError: true });

/** The module that the library asks its worker for, and what is registered through it. */
export interface Core {
  readonly functions: ReadonlyMap<string, RegisteredFunction>;
  readonly hooks: Readonly<Record<HookName, readonly Hook[]>>;
  model(): ProgrammingModel | undefined;
  /** Functions are registered at the start only. */
  lock(): void;
}

/** Answers `require('@azure/functions-core')` in this process from now on. One process has one core, for ever. */
export function installCore(onLog: (log: WorkerLog) => void): Core {
  const functions = new Map<string, RegisteredFunction>();
  const hooks: Record<HookName, Hook[]> = {
    appStart: [],
    appTerminate: [],
    preInvocation: [],
    postInvocation: [],
    log: [],
  };
  let model: ProgrammingModel | undefined;
  let isLocked = false;

  const api = {
    version: '3.14.1',
    hostVersion: '4.1052.200',
    Disposable,
    setProgrammingModel: (next: ProgrammingModel) => {
      model = next;
    },
    getProgrammingModel: () => model,
    log: (level: string, category: string, message: string) => onLog({ level, category, message }),

    registerFunction(registered: RegisteredMetadata, callback: Callback): Disposable {
      const { name, functionId = name } = registered;
      if (isLocked) throw systemError(new Error('A function can only be registered during app startup.'));
      if (functions.has(functionId)) {
        throw systemError(new Error(`A function with id "${functionId}" is registered already.`));
      }
      functions.set(functionId, { metadata: { ...registered, functionId }, callback });
      return new Disposable(() => {
        if (isLocked) throw systemError(new Error('A function can only be disposed during app startup.'));
        functions.delete(functionId);
      });
    },

    registerHook(name: HookName, hook: Hook): Disposable {
      if (!HOOK_NAMES.includes(name)) throw systemError(new RangeError(`Unrecognized hook "${name}"`));
      hooks[name].push(hook);
      return new Disposable(() => hooks[name].splice(hooks[name].indexOf(hook), 1));
    },
  };

  const { require: original } = Module.prototype;
  // Not an arrow function: `this` is the module that requires.
  Module.prototype.require = Object.assign(function (this: Module, id: string) {
    return id === CORE_MODULE ? api : original.call(this, id);
  }, original);

  return {
    functions,
    hooks,
    model: () => model,
    lock: () => {
      isLocked = true;
    },
  };
}
