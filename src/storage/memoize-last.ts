/**
 * What was made last is kept, by its name: making the client of a blob takes about what a call takes, and a file that
 * is written in hundreds of blocks is written by one.
 */
export function memoizeLast<T>(make: (name: string) => Promise<T>): (name: string) => Promise<T> {
  let last: { readonly name: string; readonly made: Promise<T> } | undefined;
  return (name) => {
    if (last?.name !== name) last = { name, made: make(name) };
    return last.made;
  };
}
