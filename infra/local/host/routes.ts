/** A route of an HTTP function, ready to be matched. */
export interface Route {
  readonly template: string;
  /** Upper case; all of them where the function names none. */
  readonly methods: readonly string[];
}

const PARAMETER = /^\{(\*{0,2})([A-Za-z_]\w*)(\?)?\}$/;
const ANY_METHOD = ['GET', 'POST', 'DELETE', 'HEAD', 'PATCH', 'PUT', 'OPTIONS', 'TRACE'];

/** @throws where the host would refuse the route */
export function createRoute(prefix: string, route: string, methods: readonly string[] | undefined): Route {
  if (/^(admin|runtime)/i.test(route)) throw new Error(`The route "${route}" begins with a reserved word.`);
  if (/^[/~]/.test(route)) throw new Error(`The route "${route}" must not begin with "${route[0]}".`);
  const odd = toParts(route).find((part) => /[{}]/.test(part) && !PARAMETER.test(part));
  if (odd) throw new Error(`The local host does not know the route part "${odd}" of "${route}".`);
  return {
    template: [prefix, route].filter(Boolean).join('/'),
    methods: methods?.length ? methods.map((method) => method.toUpperCase()) : ANY_METHOD,
  };
}

/**
 * The parameters of a path that fits a template such as `api/a/{id}/{part?}/{*rest}`; undefined where it does
 * not fit. Literals ignore case; an absent optional parameter is absent.
 */
export function matchTemplate(
  template: string,
  pathname: string,
): Readonly<Record<string, string>> | undefined {
  const given = toParts(pathname);
  const parameters: Record<string, string> = {};
  const parts = toParts(template);
  for (const [index, part] of parts.entries()) {
    const value = given[index];
    const parameter = PARAMETER.exec(part);
    if (!parameter) {
      if (value?.toLowerCase() !== part.toLowerCase()) return undefined;
      continue;
    }
    const [, stars, name = '', optional] = parameter;
    if (stars) {
      if (value !== undefined) parameters[name] = given.slice(index).map(decode).join('/');
      return parameters;
    }
    if (value === undefined && optional === undefined) return undefined;
    if (value !== undefined) parameters[name] = decode(value);
  }
  return given.length > parts.length ? undefined : parameters;
}

/** Two functions cannot share a template and a method. */
export const overlaps = (a: Route, b: Route): boolean =>
  a.template.toLowerCase() === b.template.toLowerCase() &&
  a.methods.some((method) => b.methods.includes(method));

const toParts = (path: string) => path.split('/').filter(Boolean);

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // A lone percent sign is a character like any other.
    return part;
  }
}
