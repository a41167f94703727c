import { StringDecoder } from 'node:string_decoder';

/** The lines of a stream of UTF-8, without their ends; an empty one is none. Memory is bounded by the longest line. */
export async function* readLines(chunks: AsyncIterable<Buffer | string>): AsyncGenerator<string> {
  for await (const lines of readLineGroups(chunks)) yield* lines;
}

/** The same, as many at once as come at once: of a million lines, waiting for each one takes longer than to read it. */
export async function* readLineGroups(
  chunks: AsyncIterable<Buffer | string>,
): AsyncGenerator<readonly string[]> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + (typeof chunk === 'string' ? chunk : decoder.write(chunk))).split('\n');
    rest = lines.pop() ?? '';
    yield lines.filter((line) => line !== '');
  }
  rest += decoder.end();
  if (rest !== '') yield [rest];
}
