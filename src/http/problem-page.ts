import {
  type HttpAnswer,
  isProblemKind,
  type ProblemKind,
  TITLES,
  toProblem,
  toProblemType,
} from './problem.ts';
import { ADVICE } from './problem-advice.ts';

/** The page of a problem type. @param type the `type` of a problem, or its last part */
export function readProblemType(type: string): HttpAnswer {
  const kind = type.replace(/^urn:seatline:problem:/, '');
  if (!isProblemKind(kind))
    return toProblem('unknown-problem', { detail: 'A type is such as urn:seatline:problem:not-found.' });
  return {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'public, max-age=3600',
    },
    textBody: toPage(kind),
  };
}

/** All of it is text of this app: nothing is to be escaped. */
function toPage(kind: ProblemKind): string {
  const [status, title] = TITLES[kind];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${kind} - Seatline</title>
<style>body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 40rem; padding: 0 1rem }</style>
</head>
<body>
<h1>${title}</h1>
<p>Status ${status}, type <code>${toProblemType(kind)}</code>.</p>
<p>${ADVICE[kind]}</p>
</body>
</html>
`;
}
