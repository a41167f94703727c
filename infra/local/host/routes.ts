/** A route of an HTTP function, ready to be matched. */
export interface Route {
  readonly template: string;
  /** Upper case; all of them where the function names none. */
  readonly methods: readonly string[];
}

const CONSTRAINTS: Readonly<Record<string, RegExp>> = {
  int: /^-?\d+$/,
  guid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  alpha: /^[a-z]+$/i,
};
/** `{id}`, `{id?}`, `{id=5}`, `{id:int}`, `{*path}`: stars, name, constraint, default, optional. */
const PARAMETER = /^\{(\*{0,2})([A-Za-z_]\w*)(?::(int|guid|alpha))?(?:=([^{}?]*))?(\?)?\}$/;
const ANY_METHOD = ['GET', 'POST', 'DELETE', 'HEAD', 'PATCH', 'PUT', 'OPTIONS', 'TRACE'];

/** @throws where the host would refuse the route */
export function createRoute(prefix: string, route: string, methods: readonly string[] | undefined): Route {
  if (/^(admin|runtime)/i.test(route)) throw new Error(`The route "${route}" begins with a reserved word.`);
  if (/^[/~]/.test(route)) throw new Error(`The route "${route}" must not begin with "${route[0]}".`);
  const odd = toParts(route).find((part) => /[{}]/.test(part) && !PARAMETER.test(part));
  if (odd) throw new Error(`The local host does not know the route part "${odd}" of "${route}".`);
  return {
    template: [...toParts(prefix), ...toParts(route)].join('/'),
    methods: methods?.length ? methods.map((method) => method.toUpperCase()) : ANY_METHOD,
  };
}

/**
 * The parameters of a path that fits a template such as `api/a/{id}/{part?}` or `api/{*rest}`; undefined where
 * it does not fit. Literals ignore case; an absent optional parameter is absent.
 */
export function matchTemplate(
  template: string,
  pathname: string,
): Readonly<Record<string, string>> | undefined {
  const given = toParts(pathname);
  const parameters: Record<string, string> = {};
  const parts = toParts(template);
  for (const [index, part] of parts.entries()) {
    const parameter = PARAMETER.exec(part);
    if (!parameter) {
      if (given[index]?.toLowerCase() !== part.toLowerCase()) return undefined;
      continue;
    }
    const [, stars, name = '', constraint, preset, optional] = parameter;
    if (stars) {
      if (given.length > index) parameters[name] = given.slice(index).map(decode).join('/');
      return parameters;
    }
    const value = given[index] === undefined ? preset : decode(given[index]);
    // Two slashes in a row hold no value.
    if (value === '' || (value === undefined && optional === undefined)) return undefined;
    if (value === undefined) continue;
    if (constraint && !CONSTRAINTS[constraint]?.test(value)) return undefined;
    parameters[name] = value;
  }
  return given.length > parts.length ? undefined : parameters;
}

/** Two functions cannot share a template and a method. */
export const overlaps = (a: Route, b: Route): boolean =>
  a.template.toLowerCase() === b.template.toLowerCase() &&
  a.methods.some((method) => b.methods.includes(method));

/** One slash at either end counts for nothing. */
function toParts(path: string): readonly string[] {
  const inner = path.replace(/^\//, '').replace(/\/$/, '');
  return inner === '' ? [] : inner.split('/');
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // A lone percent sign is a character like any other.
    return part;
  }
}
