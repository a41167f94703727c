import type { Answer } from './answer.ts';

export const done: Answer = { status: 200, body: { done: true } };

export const toRefusal = (message: string): Answer => ({ status: 400, body: { message } });
