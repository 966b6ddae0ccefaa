/** Errors for the page's scripts: a code, a translated message and further facts. */

import type { Auth } from './auth';
import { get } from './read';
import type { ErrorFacts } from './types';

export interface TTMinisAuthError extends Error, ErrorFacts {
  message: string;
}

export type Facts = Partial<Omit<ErrorFacts, 'code'>>;

export function failure(auth: Auth, code: string, facts?: Facts): TTMinisAuthError {
  const { messages } = auth.config_;
  const text = get(messages, code) ?? facts?.message ?? get(messages, 'sdk_failed') ?? code;
  const message = String(text);
  return Object.assign(new Error(message), facts, { message, name: 'TTMinisAuthError', code });
}
