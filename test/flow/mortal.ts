/** Makes writes of which the n-th finds the process killed, and counts them. */
export function createMortal(dieAt: number) {
  let writes = 0;
  return {
    writes: () => writes,
    mortal:
      <A extends readonly unknown[], R>(write: (...args: A) => Promise<R>) =>
      async (...args: A): Promise<R> => {
        writes += 1;
        if (writes === dieAt) throw new Error('killed');
        return write(...args);
      },
  };
}
