import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** How a sender signs: one description under all presets. */
export interface SignatureScheme {
  readonly kind: 'signature';
  readonly algorithm: 'sha256' | 'sha512';
  readonly encoding: 'hex' | 'base64' | 'base64url';
  readonly header: string;
  /** Of each signature in the header, such as `v1,`. */
  readonly prefix: string;
  /** Where the header holds several; empty where it holds one. */
  readonly separator: string;
  /** What is signed, of `{id}`, `{timestamp}` and `{body}`. */
  readonly signed: string;
  readonly idHeader?: string | undefined;
  /** Seconds since 1970. */
  readonly timestampHeader?: string | undefined;
  readonly toleranceSeconds: number;
  readonly secretEncoding: 'text' | 'base64';
}

/** A secret that is sent as it is. */
export interface TokenScheme {
  readonly kind: 'token';
  readonly header: string;
  /** What stands before it, such as `Bearer `. */
  readonly prefix: string;
}

export type Scheme = SignatureScheme | TokenScheme;

/** The id under which a sender sends a request again, where its signature covers it; a header beside that proves nothing. */
export const signedId = (scheme: Scheme, headers: Signed['headers']): string | undefined =>
  scheme.kind === 'signature' && scheme.idHeader !== undefined && scheme.signed.includes('{id}')
    ? headers.get(scheme.idHeader) || undefined
    : undefined;

/**
 * The last millisecond in which a sender can have signed a request: the header counts seconds, and of two events in one second
 * the receipt tells the order. The schema of the sources demands that the signature covers it.
 */
export function signedAtMs(scheme: Scheme, headers: Signed['headers']): number | undefined {
  const header = scheme.kind === 'signature' ? scheme.timestampHeader : undefined;
  const seconds = header === undefined ? '' : (headers.get(header) ?? '');
  return /^\d{1,11}$/.test(seconds) ? Number(seconds) * 1_000 + 999 : undefined;
}

export interface Signed {
  readonly headers: { get(name: string): string | null };
  readonly body: Buffer;
}

/**
 * Whether a request is signed by one of the active secrets, within its time: which one, counted from 0, or
 * undefined. It does not say which check failed, and takes the same time for each.
 */
export function verify(
  scheme: Scheme,
  secrets: readonly string[],
  request: Signed,
  now: Date,
): number | undefined {
  const matches = secrets.map((secret) =>
    scheme.kind === 'token' ? hasToken(scheme, secret, request) : hasSignature(scheme, secret, request),
  );
  const index = matches.indexOf(true);
  if (index < 0) return undefined;
  return scheme.kind === 'token' || isInTime(scheme, request, now) ? index : undefined;
}

/** Why a request is refused, for the log alone: a sender is not told which check failed. No value of it is named. */
export function explainRefusal(scheme: Scheme, { headers }: Signed, now: Date): string {
  const { header } = scheme;
  if (!headers.get(header)) return `it has no header ${header}`;
  if (scheme.kind === 'token')
    return `the header ${header} has none of the secrets behind "${scheme.prefix}"`;
  for (const needed of [scheme.idHeader, scheme.timestampHeader])
    if (needed !== undefined && !headers.get(needed)) return `it has no header ${needed}`;
  if (!isInTime(scheme, { headers }, now))
    return `the time in ${scheme.timestampHeader} is not in seconds since 1970, or more than ${scheme.toleranceSeconds} s from ours: compare the clocks`;
  return `the signature in ${header} fits none of the secrets: compare the secret, and what is signed (${scheme.signed})`;
}

function hasToken({ header, prefix }: TokenScheme, secret: string, { headers }: Signed): boolean {
  const given = headers.get(header) ?? '';
  const written = header === 'authorization' ? withScheme(given, prefix) : given;
  return isSame(written, `${prefix}${secret}`);
}

/** A scheme is one in any case, with one space or more behind it. Source: RFC 9110, §11.1 and §11.4 */
function withScheme(given: string, prefix: string): string {
  const isScheme =
    /^[^\s]+ $/.test(prefix) && given.slice(0, prefix.length).toLowerCase() === prefix.toLowerCase();
  return isScheme ? `${prefix}${given.slice(prefix.length).trimStart()}` : given;
}

function hasSignature(scheme: SignatureScheme, secret: string, request: Signed): boolean {
  const { encoding, header, prefix, separator } = scheme;
  const expected = withoutPadding(toDigest(scheme, secret, request), encoding);
  const given = request.headers.get(header) ?? '';
  const all = separator === '' ? [given] : given.split(separator);
  return all
    .map(
      (one) => one.startsWith(prefix) && isSame(withoutPadding(one.slice(prefix.length), encoding), expected),
    )
    .includes(true);
}

/** The signature of a request, without the prefix of its header. */
export function toDigest(scheme: SignatureScheme, secret: string, { headers, body }: Signed): string {
  const { algorithm, encoding, signed, idHeader, timestampHeader, secretEncoding } = scheme;
  const hmac = createHmac(algorithm, toKey(secret, secretEncoding));
  for (const part of signed.split(/(\{id\}|\{timestamp\}|\{body\})/)) {
    if (part === '{body}') hmac.update(body);
    else if (part === '{id}') hmac.update(headers.get(idHeader ?? '') ?? '');
    else if (part === '{timestamp}') hmac.update(headers.get(timestampHeader ?? '') ?? '');
    else hmac.update(part);
  }
  return hmac.digest(encoding);
}

const withoutPadding = (text: string, encoding: SignatureScheme['encoding']) =>
  encoding === 'hex' ? text.toLowerCase() : text.replace(/(?<!=)=+$/, '');

/** Standard Webhooks secrets are base64 behind `whsec_`. */
export const toKey = (secret: string, encoding: SignatureScheme['secretEncoding']): Buffer =>
  encoding === 'base64' ? Buffer.from(secret.replace(/^whsec_/, ''), 'base64') : Buffer.from(secret);

function isInTime(
  { timestampHeader, toleranceSeconds }: SignatureScheme,
  { headers }: Pick<Signed, 'headers'>,
  now: Date,
): boolean {
  if (timestampHeader === undefined) return true;
  const seconds = headers.get(timestampHeader) ?? '';
  return /^\d+$/.test(seconds) && Math.abs(now.getTime() / 1_000 - Number(seconds)) <= toleranceSeconds;
}

/** In constant time, whatever the lengths. */
function isSame(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHash('sha256').update(text).digest());
  return left !== undefined && right !== undefined && timingSafeEqual(left, right);
}
