/**
 * The state of one page, in one record that every function takes.
 *
 * A name that ends in "_" is private: the build shortens it.
 */

import type { FullConfig } from './config';
import type { TTMinisAuthError } from './errors';
import type { ActionName, State, WishEvent } from './machine';
import type { LoginDetail, TTMinisSession } from './types';

/** The tokens that authenticate a page of another origin. */
export interface Tokens {
  readonly session: string;
  readonly access: string;
  readonly refresh: string;
}

/** The result of a task: for the promise and the event, and the address to go to. */
export interface TaskResult {
  detail_: LoginDetail;
  next_?: string;
}

export interface ConsentOptions {
  scope: string;
  returnScopes: boolean;
}

/**
 * The tokens of a refusal that names a further step, in token mode. They are not in the error:
 * some scripts of pages send all properties of an error to an error tracker.
 */
export interface PendingSession {
  readonly tokens_: Tokens;
  readonly isAnonymous_: boolean;
}

/** One login, consent or logout that the visitor or the page itself wants. */
export interface Task {
  readonly event_: WishEvent;
  readonly process_: string;
  readonly consent_: ConsentOptions | undefined;
  /** When the SDK was called, in milliseconds; Infinity before that. */
  openedAt_: number;
  /** Whether the visitor asked for it, by a press or a call of the page's script. */
  isByVisitor_: boolean;
  /** The number of the visitor's wish in this browser; see wish.ts. */
  wish_: number;
  /** The mark of the server's latest logout when the task began. */
  logoutMark_: string;
  /** The tokens of the session that a logout in token mode ends. */
  tokens_: Tokens | null;
  pendingSession_: PendingSession | null;
  readonly control_: AbortController;
  readonly promise_: Promise<TaskResult>;
  resolve_(landing: TaskResult | Promise<TaskResult>): void;
  reject_(error: TTMinisAuthError): void;
}

export interface Auth {
  config_: FullConfig;
  isConfigured_: boolean;
  /** When the page began: by `performance.now()`, and by `Date.now()` as earlier pages have it. */
  readonly startedMs_: number;
  readonly startedDate_: number;
  readonly memory_: Record<string, string | undefined>;

  // The state machine: the session, the task that runs and those that wait.
  state_: State;
  session_: TTMinisSession;
  tokens_: Tokens;
  /** Grows at each login and logout, so that an older request sees that there was one. */
  epoch_: number;
  task_: Task | null;
  readonly waiting_: Task[];
  readonly actions_: Record<ActionName, (auth: Auth, data: any) => void>;
  /** Run a task until the server or the SDK has answered. */
  run_(auth: Auth, task: Task): void;

  // Django's CSRF tokens: the page's own, the latest from the server, and whether a login of
  // this page brought its own.
  csrfToken_: string;
  latestCsrfToken_: string;
  isCsrfTokenFromLogin_: boolean;
  /** The user that the page's own forms were rendered for, and their token. */
  formsUserId_: string | null;
  formsCsrfToken_: string;

  // The SDK.
  /** The SDK object that was initialized. */
  sdk_: unknown;
  lastCode_: string;
  /** Settles when no call of the SDK is open. */
  sdkIdle_: Promise<void>;

  // Rate limits of silent logins.
  silentLoginsLeft_: number;
  silentLoginsCountedAt_: number;
  isSilentLoginScheduled_: boolean;
  reloginsLeft_: number;
  retriesLeft_: number;
  retryEpoch_: number;
  /** The latest logout that this page knows of. */
  knownLogout_: string;

  /** Requests with a cookie that have no answer yet. */
  readonly cookieRequests_: Set<Promise<void>>;
  /** Running calls by name; callers at the same time share one. */
  readonly sharedCalls_: Record<string, Promise<any> | undefined>;
  /** Settles when the page has been parsed and is visible to the visitor. */
  started_: Promise<void>;
  /** Settles when the page's own scripts had their chance to listen. */
  listening_: Promise<void>;
}
