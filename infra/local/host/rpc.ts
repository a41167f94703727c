/**
 * The shapes of the language worker's protocol that this host and the `@azure/functions` library exchange.
 * Source: https://github.com/Azure/azure-functions-language-worker-protobuf
 */

/** One value; a member that is absent is not set. */
export interface TypedData {
  readonly string?: string;
  readonly json?: string;
  readonly bytes?: Uint8Array;
  readonly http?: RpcHttp;
}

type Nullable = Readonly<Record<string, { readonly value: string }>>;

export interface RpcHttp {
  readonly method?: string;
  readonly url?: string;
  readonly nullableHeaders?: Nullable;
  readonly nullableQuery?: Nullable;
  readonly nullableParams?: Nullable;
  readonly body?: TypedData;
  /** Of an answer. */
  readonly statusCode?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly RpcCookie[];
}

export interface RpcCookie {
  readonly name: string;
  readonly value: string;
  readonly domain?: { readonly value: string };
  readonly path?: { readonly value: string };
  readonly expires?: { readonly value: { readonly seconds: number } };
  readonly maxAge?: { readonly value: number };
  readonly secure?: { readonly value: boolean };
  readonly httpOnly?: { readonly value: boolean };
  readonly sameSite?: string | number;
}

export interface InvocationRequest {
  readonly invocationId: string;
  readonly functionId: string;
  readonly inputData: readonly { readonly name: string; readonly data: TypedData }[];
  readonly triggerMetadata: Readonly<Record<string, TypedData>>;
  readonly traceContext: {
    readonly traceParent: string;
    readonly traceState: string;
    readonly attributes: Readonly<Record<string, string>>;
  };
}

export interface InvocationResponse {
  readonly outputData?: readonly { readonly name: string; readonly data: TypedData }[];
  readonly returnValue?: TypedData | null;
}

/** A binding as a function registers it: its name, type and direction, and the options of its type. */
export type Binding = Readonly<Record<string, unknown>> & {
  readonly name: string;
  readonly type: string;
  readonly direction: string;
};

export interface FunctionMetadata {
  readonly name: string;
  readonly functionId: string;
  readonly bindings: readonly Binding[];
  readonly hasRetryPolicy: boolean;
}

/** What the app or the library logs. */
export interface WorkerLog {
  readonly level: string;
  readonly category: string;
  readonly message: string;
  readonly functionName?: string | undefined;
  readonly invocationId?: string | undefined;
}

export type ToWorker =
  | { readonly type: 'start'; readonly appDirectory: string }
  | { readonly type: 'invoke'; readonly request: InvocationRequest }
  | { readonly type: 'stop' };

export type FromWorker =
  | {
      readonly type: 'started';
      readonly functions: readonly FunctionMetadata[];
      /** Where the app takes its HTTP requests itself, which is what streaming is. */
      readonly httpUri: string | undefined;
    }
  | { readonly type: 'start-failed'; readonly message: string; readonly stack: string }
  | { readonly type: 'invoked'; readonly invocationId: string; readonly response: InvocationResponse }
  | {
      readonly type: 'invocation-failed';
      readonly invocationId: string;
      readonly message: string;
      readonly stack: string;
    }
  | { readonly type: 'log'; readonly log: WorkerLog };
