/**
 * What one page knows, in one record that every function is handed.
 *
 * A name that ends in "_" is private: the build shortens it.
 */

import type { FullConfig } from './config';
import type { TTMinisAuthError } from './errors';
import type { ActionName, State, WishEvent } from './machine';
import type { LoginDetail, TTMinisSession } from './types';

/** What the server gave a page of another origin to say who asks. */
export interface Tokens {
  readonly session: string;
  readonly access: string;
  readonly refresh: string;
}

/** What a task ends in: what the promise and the event say, and where to go. */
export interface TaskResult {
  detail_: LoginDetail;
  next_?: string;
}

export interface ConsentOptions {
  scope: string;
  returnScopes: boolean;
}

/**
 * What a refusal brings in token mode, where a further step is to follow. It is no part of the
 * error: the page's scripts get that, and some send all of its properties to a service.
 */
export interface PendingSession {
  readonly tokens_: Tokens;
  readonly isAnonymous_: boolean;
}

/** One thing that the visitor, or the page itself, wants. */
export interface Task {
  readonly event_: WishEvent;
  readonly process_: string;
  readonly consent_: ConsentOptions | undefined;
  /** When TikTok's dialog was opened; none is lost before that. */
  openedAt_: number;
  /** Whether the visitor wants it, by a press or a call of the page's script. */
  isByVisitor_: boolean;
  /** Which of the wishes in this browser it is; see wish.ts. */
  wish_: number;
  /** The server's mark of the latest logout when it began. */
  logoutMark_: string;
  /** Which session a logout in token mode ends. */
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
  /** By the clock that nobody sets; the other one is for comparing with earlier pages. */
  readonly startedMs_: number;
  readonly startedDate_: number;
  readonly memory_: Record<string, string | undefined>;

  // The machine: who is in, what is under way and what waits.
  state_: State;
  session_: TTMinisSession;
  tokens_: Tokens;
  /** Grows with every login and logout: who sent a request before sees that there was one. */
  epoch_: number;
  task_: Task | null;
  readonly waiting_: Task[];
  readonly actions_: Record<ActionName, (auth: Auth, data: any) => void>;
  /** Run a task until the server or the SDK has answered. */
  run_(auth: Auth, task: Task): void;

  // Django's CSRF token: of whom the page knows, whether a login of this page brought it, and
  // what the server said last.
  csrfToken_: string;
  latestCsrfToken_: string;
  isCsrfTokenFromLogin_: boolean;
  /** For whom the page's own forms were rendered, and with which token. */
  formsUserId_: string | null;
  formsCsrfToken_: string;

  // The SDK.
  /** The one that was initialised: TikTok knows no other. */
  sdk_: unknown;
  lastCode_: string;
  /** Settles when no call of the SDK is open any more. */
  sdkIdle_: Promise<void>;

  // What nobody pressed.
  silentLoginsLeft_: number;
  silentLoginsCountedAt_: number;
  isSilentLoginScheduled_: boolean;
  reloginsLeft_: number;
  retriesLeft_: number;
  retryEpoch_: number;
  /** Which logout this page knows of. */
  knownLogout_: string;

  readonly cookieRequests_: Set<Promise<void>>;
  /** One run each that all who ask at the same time share. */
  readonly sharedCalls_: Record<string, Promise<any> | undefined>;
  /** Settles when all of the page has been parsed and somebody sees it. */
  started_: Promise<void>;
  /** Settles when the page's own scripts had their chance to listen. */
  listening_: Promise<void>;
}
