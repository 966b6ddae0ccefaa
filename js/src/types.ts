/**
 * Types of `window.TTMinisAuth`, which ttminis-auth.js makes, and of the ES module.
 *
 * `login`, `connect` and `switchAccount` ask the TikTok app for a one-time code and send it to
 * the server. `authorize` does the same after a consent dialog. Two equal calls at the same time
 * share one code. All reject with a `TTMinisAuthError`. docs/reference/script.rst describes the
 * state machine.
 *
 * A page that logs in silently does so again when the browser shows it again at "back", or when
 * TikTok shows it again. Four such logins may follow at once, and then one in 30 seconds.
 *
 * A page that shows markup of its visitors must remove the attributes `data-ttminis` and
 * `data-ttminis-logout` from it. Otherwise an attacker's button could make a visitor connect,
 * consent or log out.
 *
 * In token mode (a page that TikTok hosts) a token names the session, in place of a cookie. It is
 * stored for this tab, so that a reload continues the session. Nothing in this interface shows it.
 */

/** Errors that the page itself finds. */
export type PageErrorCode =
  /** The SDK did not load: the page is open in an ordinary browser, or TikTok is blocked. */
  | 'not_in_tiktok'
  /** This version of TikTok has no such call for mini apps. */
  | 'unsupported'
  /** The SDK did not answer in time. */
  | 'sdk_timeout'
  /** TikTok's 102102: the app's terms or privacy address is missing in its portal. */
  | 'portal_misconfigured'
  /**
   * The visitor declined or closed the dialog; TikTok does not say which. Also a call that the
   * visitor has overtaken: a login before a logout on any tab, a login or consent when the visitor
   * left the page, a consent dialog when the visitor pressed another button. Also a `fetch()` that
   * would have written as another user than the page's when it was called. The session stays as
   * it was.
   */
  | 'cancelled'
  /** Anything else from the SDK; see `sdkCode` and `sdkMessage`. */
  | 'sdk_failed'
  /** The server gave no usable answer. */
  | 'network'
  /** A further step is needed first; see `flows`. */
  | 'pending'
  /**
   * The server logged the user in, but the next page was not rendered for that user. Usual
   * reasons: SESSION_COOKIE_SECURE on plain http, a proxy that drops the cookie, a page from a
   * cache, a user that the project's default manager hides; in token mode, a browser without
   * storage. It comes in place of a second `ttminis:login` with `changed`, so that a page which
   * reloads on `changed` does so once. The page's session stays as it was.
   */
  | 'session_lost'
  /**
   * The page has no configuration that the script can use. Either the element that
   * `{% ttminis_sdk %}` writes right before this file's script element is missing, or it has no
   * client key, or one of its addresses is not of the site's origin (in token mode, of the origin
   * of `apiBase`). TikTok is not asked.
   */
  | 'not_configured';

/** Errors that the server answers. */
export type ServerErrorCode =
  | 'invalid_request'
  | 'unknown_client_key'
  | 'code_rejected'
  | 'token_refused'
  | 'login_required'
  /**
   * Session mode: the browser stores no cookies of the site, or the CSRF settings do not match
   * the site's address. For `connect()` also: a user has logged in on another tab meanwhile.
   */
  | 'csrf_failed'
  | 'signup_closed'
  | 'user_inactive'
  /** Token mode: the page is not on this app's own host. */
  | 'origin_refused'
  | 'login_vetoed'
  /** `connect()`: the site asks for a password or second factor, and the user has neither. */
  | 'reauthentication_impossible'
  | 'account_mismatch'
  | 'connected_other'
  | 'login_again'
  | 'rate_limited'
  | 'misconfigured'
  | 'tiktok_unavailable';

/** A hook of the project may refuse a login with a code of its own, which is any string. */
export type ErrorCode = PageErrorCode | ServerErrorCode | (string & {});

export interface TTMinisUser {
  id: string | number;
  display: string;
  [field: string]: unknown;
}

export interface TTMinisAccount {
  client_key: string;
  open_id: string;
  /** The scopes that TikTok granted with this login, according to the server. */
  scopes: string[];
  /** Whether this login created the user. */
  created: boolean;
  /** Stored at the latest consent. The address of the picture expires within hours. */
  profile: { display_name: string | null; avatar_url: string | null } | null;
  /** After a consent: TikTok has not returned the profile yet, and the server fetches it later. */
  profile_pending: boolean;
}

export interface PendingFlow {
  id: string;
  is_pending: boolean;
  url?: string;
}

export interface TTMinisSession {
  /**
   * The user who is logged in, as far as this page knows. At first this is the user that the page
   * was rendered for, or in token mode the user of the token that this tab has stored. It changes
   * at a logout on any tab, but not at a login on another tab.
   */
  readonly userId: string | null;
  /** Known only after a login on this page. */
  readonly user: TTMinisUser | null;
  readonly ttminis: TTMinisAccount | null;
  /** The detail of the latest `ttminis:error`, until the next login or logout. */
  readonly error: ErrorDetail | null;
}

/** Detail of `ttminis:login`, and the result of `login`, `connect` and `switchAccount`. */
export interface LoginDetail {
  user: TTMinisUser;
  ttminis: TTMinisAccount;
  /** Whether another user, or no user, was logged in before. */
  changed: boolean;
}

export interface AuthorizeOptions {
  /** Several are separated by commas; `user.info.basic` unless given. */
  scope?: string;
  /** Ask TikTok to name the granted scopes. */
  returnScopes?: boolean;
}

/** Detail of `ttminis:authorize`, and the result of `authorize`. */
export interface AuthorizeDetail extends LoginDetail {
  /**
   * The scopes that TikTok reported to the page, if it did. For display only: check
   * `ttminis.scopes`, because a user may have granted fewer than you asked for.
   */
  grantedScopes?: string[];
}

export interface ErrorFacts {
  code: ErrorCode;
  /** Translated, fit to be shown. */
  message: string;
  /** HTTP status, where the server answered. */
  status?: number;
  /**
   * With 429 or 503: the seconds of the server's Retry-After header, if there is one. If they are
   * at most 60, the script retries a silent login a little later than that, at most three times
   * on a page. Each failure has its event. `ready` does not wait for the retries.
   */
  retryAfter?: number;
  /** The field that was wrong, if the server names one. */
  param?: string;
  /** With `pending`: the steps to show. */
  flows?: PendingFlow[];
  /** The SDK's own code of the error, or null. */
  sdkCode?: string | null;
  sdkMessage?: string;
}

export interface TTMinisAuthError extends Error, ErrorFacts {
  message: string;
}

/** Detail of `ttminis:error`. */
export interface ErrorDetail extends ErrorFacts {
  process: 'login' | 'connect' | 'switch' | 'authorize';
  /** Whether the page logged in by itself, so that no visitor waits for an answer. */
  silent: boolean;
}

export interface TTMinisAuthApi {
  /**
   * Resolves after the page's silent login and its event, also if the login failed or there was
   * none. Events wait until the page's deferred scripts and modules have run, but no longer than a
   * few seconds. A script that runs later reads `ready` and `session`.
   */
  readonly ready: Promise<TTMinisSession>;
  readonly session: TTMinisSession;
  /** Log in because the visitor asked for it. Ends the effect of an earlier `logout()`. */
  login(): Promise<LoginDetail>;
  /**
   * Open TikTok's consent dialog. Call it from a click only. It never navigates, and never opens
   * a second dialog by itself.
   */
  authorize(options?: AuthorizeOptions): Promise<AuthorizeDetail>;
  /** Add the TikTok account to the user who is logged in. */
  connect(): Promise<LoginDetail>;
  /** End the present session and log in with the TikTok account. */
  switchAccount(): Promise<LoginDetail>;
  /**
   * End the session. No page of this browser logs in silently until the visitor asks for a login.
   * A login under way is given up or undone. Rejects if the server cannot be reached; the next
   * page then sends the logout again. In token mode the page forgets its token in any case.
   */
  logout(): Promise<void>;
  /**
   * `window.fetch` as the user. Requests to another origin than the server's are not changed.
   * If the session has ended, the page logs in silently once. If it is the same user, it sends
   * the request once more, so it keeps a copy of the body until the answer arrives.
   *
   * A write is sent only as the user of `session.userId` at the time of the call. If another
   * user logs in meanwhile, it rejects with `cancelled`.
   *
   * Session mode: writes carry Django's CSRF token, and a 401 means that no user is logged in. A
   * login on another tab changes that token, and a copy of the page from a service worker has an
   * old one. The page then logs in silently, and sends the request once more if it is still the
   * same user. Otherwise the answer stays a 403. If CSRF_COOKIE_HTTPONLY or CSRF_USE_SESSIONS hides
   * the token from scripts, it also stays a 403 on a page that has logged in before.
   *
   * Token mode: requests wait for a login under way, and carry the token and no cookie. They fail
   * with a TypeError if the server redirects (unless `redirect` is "manual"). A path such as
   * "/api/x/" is one of the server's. A 401 means that no user is logged in; so does a 403 or 410,
   * if allauth confirms it.
   */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
}

/** The options of `createTTMinisAuth`; `manage.py ttminis_config` prints them. */
export interface TTMinisAuthConfig {
  /** The client key of the app in TikTok's portal. */
  clientKey: string;
  /** `token` for a page on another origin than the server; the default if `apiBase` is given. */
  mode?: 'session' | 'token';
  /** The server's origin, such as `https://api.example`; token mode only. */
  apiBase?: string;
  /** Whether the page logs in silently; true unless given. */
  silent?: boolean;
  /** `connect` on a page that offers to connect. */
  process?: 'login' | 'connect';
  /** The address to go to after a login, if the server finds it safe. */
  next?: string | null;
  /** How to call TikTok's SDK; leave it at `auto` unless TikTok changes the SDK again. */
  callStyle?: 'auto' | 'options' | 'callback';
  /** How long the SDK may take to load, and to answer, in milliseconds; 10000. */
  sdkTimeout?: number;
  /** The texts of buttons and errors, by error code; English unless given. */
  messages?: Record<string, string>;
  /** The language that the server should answer in; the browser's unless given. */
  language?: string | null;
  /** Addresses of the server, if the project has moved them. */
  loginUrl?: string;
  logoutUrl?: string;
  sessionUrl?: string;
  refreshUrl?: string;
  /** The scheme before a JWT in the header `Authorization`; `Bearer` unless given. */
  tokenScheme?: string;
  /** Session mode: the id of the user who is logged in, according to the server. */
  userId?: string | null;
  /** Session mode: Django's CSRF token, and its names of cookie and header. */
  csrfToken?: string;
  csrfCookie?: string | null;
  csrfHeader?: string;
  /** Session mode: the cookie that reports logouts, if the server has the middleware. */
  logoutCookie?: string | null;
}

declare global {
  interface Window {
    readonly TTMinisAuth: TTMinisAuthApi;
  }
  interface DocumentEventMap {
    'ttminis:login': CustomEvent<LoginDetail>;
    'ttminis:authorize': CustomEvent<AuthorizeDetail>;
    'ttminis:error': CustomEvent<ErrorDetail>;
    'ttminis:logout': CustomEvent<Record<string, never>>;
  }
}
