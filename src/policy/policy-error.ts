/** What to change in a policy file: line by line. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
}
