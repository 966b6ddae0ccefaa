/** Errors that the page's scripts get: a code, a translated message and what is known. */

import type { Auth } from './auth';
import { get } from './read';
import type { ErrorFacts } from './types';

export interface TTMinisAuthError extends ErrorFacts {}

export class TTMinisAuthError extends Error {
  declare message: string;


  constructor(code: string, message: string, facts?: Facts) {
    super(message);
    Object.assign(this, facts, { message, name: 'TTMinisAuthError', code });
  }
}

export type Facts = Partial<Omit<ErrorFacts, 'code'>>;

export function failure(auth: Auth, code: string, facts?: Facts): TTMinisAuthError {
  const { messages } = auth.config;
  const text = get(messages, code) ?? facts?.message ?? get(messages, 'sdk_failed') ?? code;
  return new TTMinisAuthError(code, String(text), facts);
}
