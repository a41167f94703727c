const TRACE_PARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

export interface TraceContext {
  readonly traceParent: string;
  readonly traceState: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** The trace that the caller is in, or a new one. Source: https://www.w3.org/TR/trace-context */
export function toTraceContext(
  given: { readonly traceParent?: string | undefined; readonly traceState?: string | undefined },
  randomHex: (bytes: number) => string,
): TraceContext {
  const { traceParent = '', traceState = '' } = given;
  return TRACE_PARENT.test(traceParent)
    ? { traceParent, traceState, attributes: {} }
    : { traceParent: `00-${randomHex(16)}-${randomHex(8)}-01`, traceState: '', attributes: {} };
}
