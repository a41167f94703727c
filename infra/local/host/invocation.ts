import type { Core } from './core-module.ts';
import type { InvocationRequest, InvocationResponse, WorkerLog } from './rpc.ts';

/** Data that hooks share: its members may change, the object may not be exchanged. */
function toHookContext(hookData: object, appHookData: object, rest: object): Record<string, unknown> {
  const context: Record<string, unknown> = { ...rest };
  for (const [name, value] of Object.entries({ hookData, appHookData })) {
    Object.defineProperty(context, name, {
      enumerable: true,
      get: () => value,
      set: () => {
        throw new TypeError(`Cannot assign to read only property '${name}'`);
      },
    });
  }
  return context;
}

/** Runs invocations in the order of the real worker: arguments, hooks, handler, hooks, answer. */
export function createInvoker(core: Core, onLog: (log: WorkerLog) => void) {
  const appHookData = {};
  const appLevelHookData = {};

  async function runHooks(name: 'preInvocation' | 'postInvocation', context: object): Promise<void> {
    for (const hook of core.hooks[name]) await hook(context);
  }

  async function runAppHooks(name: 'appStart' | 'appTerminate', rest: object): Promise<void> {
    for (const hook of core.hooks[name]) await hook(toHookContext(appLevelHookData, appHookData, rest));
  }

  async function invoke(request: InvocationRequest): Promise<InvocationResponse> {
    const { functionId, invocationId } = request;
    const registered = core.functions.get(functionId);
    const programmingModel = core.model();
    if (!registered || !programmingModel) throw new Error(`The function "${functionId}" is not loaded`);
    const { metadata } = registered;

    // The library reads the state, to warn of logs that come after the end of an invocation.
    const coreContext = {
      invocationId,
      request,
      metadata,
      state: undefined as string | undefined,
      log: (level: string, category: string, message: string) => {
        const entry = { level, category, message, functionName: metadata.name, invocationId };
        const context = toHookContext({}, appHookData, { ...entry, invocationContext });
        for (const hook of core.hooks.log) hook(context);
        // Hooks may change what the app logs, and not what the platform does.
        onLog(
          category === 'user'
            ? { ...entry, level: String(context.level), message: String(context.message) }
            : entry,
        );
      },
    };
    const during = async <T>(state: string, run: () => Promise<T>): Promise<T> => {
      coreContext.state = state;
      try {
        return await run();
      } finally {
        coreContext.state = undefined;
      }
    };

    let invocationContext: object | undefined;
    const model = programmingModel.getInvocationModel(coreContext);
    const { context, inputs } = await model.getArguments();
    invocationContext = context;

    const hookData = {};
    const before = toHookContext(hookData, appHookData, {
      invocationContext,
      inputs,
      functionCallback: registered.callback,
    });
    await during('preInvocationHooks', () => runHooks('preInvocation', before));
    const callback = before.functionCallback as typeof registered.callback;
    const after = toHookContext(hookData, appHookData, {
      invocationContext,
      inputs: before.inputs,
      result: null,
      error: null,
    });
    try {
      after.result = await during('invocation', () =>
        model.invokeFunction(context, before.inputs as unknown[], callback),
      );
    } catch (error) {
      after.error = error;
    }
    await during('postInvocationHooks', () => runHooks('postInvocation', after));
    if (after.error !== null && after.error !== undefined) throw after.error;
    return model.getResponse(context, after.result);
  }

  return { invoke, runAppHooks };
}
