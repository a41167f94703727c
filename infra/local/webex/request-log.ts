/** One request to the simulated API, as tests read it back. */
export interface RecordedRequest {
  readonly at: string;
  readonly method: string;
  /** Below `/v1`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** Undefined where the connection ended without an answer. */
  readonly status: number | undefined;
}

const MAX_RECORDED = 100_000;

export interface RequestLog {
  add(request: RecordedRequest): void;
  read(): readonly RecordedRequest[];
  clear(): void;
}

/** The latest requests, oldest first. */
export function createRequestLog(): RequestLog {
  let recorded: RecordedRequest[] = [];
  return {
    add(request) {
      const { authorization, ...headers } = request.headers;
      recorded.push({
        ...request,
        headers: { ...headers, ...(authorization && { authorization: 'Bearer …' }) },
      });
      // Now and then, so that a full log does not cost a copy at each request.
      if (recorded.length > MAX_RECORDED * 1.1) recorded = recorded.slice(-MAX_RECORDED);
    },
    read: () => recorded.slice(-MAX_RECORDED),
    clear: () => {
      recorded = [];
    },
  };
}
