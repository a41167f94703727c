/** Loaded when a policy is read: the parser is a CommonJS module, whose names only a static import keeps. */
export { LineCounter, parseDocument } from 'yaml';
