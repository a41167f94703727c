import { type Scheme, toDigest } from './verify.ts';

/** A request as its sender has it before it is signed. */
export interface Unsigned {
  readonly body: string;
  readonly at: Date;
  /** By which the receiver knows the event again, where the scheme has an id. */
  readonly id: string;
}

/** The headers by which a sender proves who it is. Those of a token scheme contain the secret itself. */
export function sign(
  scheme: Scheme,
  secret: string,
  { body, at, id }: Unsigned,
): Readonly<Record<string, string>> {
  if (scheme.kind === 'token') return { [scheme.header]: `${scheme.prefix}${secret}` };
  const { header, prefix, idHeader, timestampHeader } = scheme;
  const beside: Record<string, string> = {
    ...(idHeader !== undefined && { [idHeader]: id }),
    ...(timestampHeader !== undefined && { [timestampHeader]: String(Math.floor(at.getTime() / 1_000)) }),
  };
  const request = { headers: { get: (name: string) => beside[name] ?? null }, body: Buffer.from(body) };
  return { ...beside, [header]: `${prefix}${toDigest(scheme, secret, request)}` };
}
