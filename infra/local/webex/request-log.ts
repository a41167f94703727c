/** One request to the simulated API, as tests read it back. */
export interface RecordedRequest {
  /** When it came, ISO 8601. */
  readonly at: string;
  readonly method: string;
  /** Below `/v1`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** Undefined as long as it is not answered, and where the connection ended without an answer. */
  readonly status: number | undefined;
  /** Until it was answered, or left without; undefined as long as neither is decided. */
  readonly durationMs: number | undefined;
}

type Entry = { -readonly [Member in keyof RecordedRequest]: RecordedRequest[Member] };

const MAX_RECORDED = 100_000;

export interface RequestLog {
  /** Records a request as it comes. @returns what records its end */
  begin(request: Omit<RecordedRequest, 'at' | 'status' | 'durationMs'>): (status: number | undefined) => void;
  read(): readonly RecordedRequest[];
  clear(): void;
}

/** The latest requests, in the order in which they came. */
export function createRequestLog(now: () => Date): RequestLog {
  let recorded: Entry[] = [];
  return {
    begin(request) {
      const { authorization, ...headers } = request.headers;
      const startedAt = now();
      const entry: Entry = {
        at: startedAt.toISOString(),
        ...request,
        headers: { ...headers, ...(authorization && { authorization: 'Bearer …' }) },
        status: undefined,
        durationMs: undefined,
      };
      recorded.push(entry);
      // Now and then, so that a full log does not cost a copy at each request.
      if (recorded.length > MAX_RECORDED * 1.1) recorded = recorded.slice(-MAX_RECORDED);
      return (status) => {
        entry.status = status;
        entry.durationMs = now().getTime() - startedAt.getTime();
      };
    },
    read: () => recorded.slice(-MAX_RECORDED),
    clear: () => {
      recorded = [];
    },
  };
}
