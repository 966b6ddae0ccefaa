/**
 * Types of `window.TTMinisAuth`, which ttminis-auth.js makes, and of the ES module.
 *
 * `login`, `connect` and `switchAccount` ask the TikTok app for a one-time code, hand it to
 * the server and share one call while it is under way. `authorize` does the same after a
 * consent dialog. They reject with a `TTMinisAuthError`. docs/script.rst says how the script
 * decides.
 *
 * A page that logs in silently does so again when the browser shows it again at "back", or
 * TikTok does; four times at once, and then once in 30 seconds.
 *
 * A page that shows markup of its visitors must take the attributes `data-ttminis` and
 * `data-ttminis-logout` out of it. Whoever presses an attacker's button with one of them
 * connects, consents or logs out, in their own name.
 *
 * In token mode (a page that TikTok hosts) the session is named by a token in place of a
 * cookie. It is kept for this tab, so that a reload continues the session, and is shown
 * nowhere in this interface.
 */

/** What the page itself can find out. */
export type PageErrorCode =
  /** The SDK did not load: the page is open in an ordinary browser, or TikTok is blocked. */
  | 'not_in_tiktok'
  /** This version of TikTok has no such call for mini apps. */
  | 'unsupported'
  /** The SDK was asked and never answered. */
  | 'sdk_timeout'
  /** TikTok's 102102: the app's terms or privacy address is missing in its portal. */
  | 'portal_misconfigured'
  /**
   * The visitor said no or closed the dialog; TikTok does not tell which. Also what a later wish
   * of the visitor's has overtaken: a login that a logout in any tab came after, a login or
   * consent under way when the page was left, a consent dialog open when something else was
   * pressed; and a `fetch()` that would have written under the name of another person than the
   * page's when it was called. The session is as it was.
   */
  | 'cancelled'
  /** Anything else from the SDK; see `sdkCode` and `sdkMessage`. */
  | 'sdk_failed'
  /** Our server gave no usable answer. */
  | 'network'
  /** A further step is needed first; see `flows`. */
  | 'pending'
  /**
   * The server logged the person in, and the page that followed was not rendered for that
   * person. Usual reasons: SESSION_COOKIE_SECURE on plain http, a proxy that drops the cookie,
   * a page from a cache, a user whom the project's default manager hides; in token mode, a
   * browser without storage. It takes the place of a second `ttminis:login` with `changed`, so
   * a page that reloads on `changed` does so once. The page's session is as it was.
   */
  | 'session_lost'
  /**
   * The page lacks the script element that `{% ttminis_sdk %}` writes right before the one of
   * this file, or that names no client key, or an address in it is of another origin than the
   * site's (in token mode, than that of `apiBase`). TikTok is not asked.
   */
  | 'not_configured';

/** What the server says. */
export type ServerErrorCode =
  | 'invalid_request'
  | 'unknown_client_key'
  | 'code_rejected'
  | 'token_refused'
  | 'login_required'
  /**
   * Session mode: the browser keeps none of the site's cookies, or the CSRF settings do not
   * fit its address; `connect()` also after a login in another tab, as whoever that was.
   */
  | 'csrf_failed'
  | 'signup_closed'
  | 'user_inactive'
  /** Token mode: the page does not stand on the host of this very app. */
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

/** A hook of the project's may refuse with a code of its own, which is any text. */
export type ErrorCode = PageErrorCode | ServerErrorCode | (string & {});

export interface TTMinisUser {
  id: string | number;
  display: string;
  [field: string]: unknown;
}

export interface TTMinisAccount {
  client_key: string;
  open_id: string;
  /** What TikTok granted this time, according to the server. */
  scopes: string[];
  /** Whether this login made the user. */
  created: boolean;
  /** Stored at the latest consent; the address of the picture expires within hours. */
  profile: { display_name: string | null; avatar_url: string | null } | null;
  /** After a consent: TikTok did not hand out the profile in time, and it comes later. */
  profile_pending: boolean;
}

export interface PendingFlow {
  id: string;
  is_pending: boolean;
  url?: string;
}

export interface TTMinisSession {
  /**
   * Who is logged in, as far as this page knows; at first, who it was rendered for, or in
   * token mode whose token this tab has kept. It notices a logout anywhere in this browser, and
   * no login in another tab.
   */
  readonly userId: string | null;
  /** Known after a login on this page only. */
  readonly user: TTMinisUser | null;
  readonly ttminis: TTMinisAccount | null;
  /** What the latest `ttminis:error` said, until somebody logs in or out. */
  readonly error: ErrorDetail | null;
}

/** Detail of `ttminis:login`, and what the login promises resolve to. */
export interface LoginDetail {
  user: TTMinisUser;
  ttminis: TTMinisAccount;
  /** Whether somebody else, or nobody, was logged in before. */
  changed: boolean;
}

export interface AuthorizeOptions {
  /** Several are separated by commas; `user.info.basic` unless given. */
  scope?: string;
  /** Ask TikTok to name the granted scopes. */
  returnScopes?: boolean;
}

/** Detail of `ttminis:authorize`, and what `authorize` resolves to. */
export interface AuthorizeDetail extends LoginDetail {
  /**
   * What TikTok told the page, if it did. For display only: `ttminis.scopes` is what counts,
   * and a person may have granted less than was asked for.
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
   * With 429 or 503: in how many seconds the server wants to be asked again, if it says so. A
   * silent login does that by itself, a little later than asked, up to three times in the life
   * of a page and only for up to 60 seconds; each failure has its event. `ready` does not wait.
   */
  retryAfter?: number;
  /** The field that was wrong, where the server names one. */
  param?: string;
  /** With `pending`: the steps to show. */
  flows?: PendingFlow[];
  /** What the SDK called the error, or null. */
  sdkCode?: string | null;
  sdkMessage?: string;
}

export interface TTMinisAuthError extends Error, ErrorFacts {
  message: string;
}

/** Detail of `ttminis:error`. */
export interface ErrorDetail extends ErrorFacts {
  process: 'login' | 'connect' | 'switch' | 'authorize';
  /** Whether the page asked by itself, so that nobody waits for an answer. */
  silent: boolean;
}

export interface TTMinisAuthApi {
  /**
   * Resolves after the silent login of the page and its event, also if there was none or it
   * failed. No event comes before the page's deferred scripts and modules had run, unless
   * one of them takes seconds; a script that comes later still asks here and `session`.
   */
  readonly ready: Promise<TTMinisSession>;
  readonly session: TTMinisSession;
  /** Log in because the person asked for it. Ends the effect of an earlier `logout()`. */
  login(): Promise<LoginDetail>;
  /**
   * Open TikTok's consent dialog. Call it from a click only. Never navigates, and never opens
   * a second dialog by itself.
   */
  authorize(options?: AuthorizeOptions): Promise<AuthorizeDetail>;
  /** Add the TikTok account to the user who is logged in. */
  connect(): Promise<LoginDetail>;
  /** Leave the present session and log in as the TikTok account. */
  switchAccount(): Promise<LoginDetail>;
  /**
   * End the session; no silent login in this browser until the visitor acts. A login under way
   * is given up or undone. Rejects if the server cannot be told; the next page then tells it. In
   * token mode the page has forgotten its token all the same.
   */
  logout(): Promise<void>;
  /**
   * `window.fetch` as the user. Requests to other origins than the server's stay untouched.
   * If nobody is logged in any more, the page logs in silently once and, if it is the same
   * person, asks once more; so it keeps a copy of the body until the answer is there.
   *
   * Nothing is written under another name than that of `session.userId` at the time of the
   * call: if somebody else logs in meanwhile, it rejects with `cancelled`.
   *
   * Session mode: writes carry Django's CSRF token, and a 401 means nobody. A login in another
   * tab changes that token, and a copy of the page that a service worker kept has an old one. The
   * page then logs in silently, and asks once more if it is still the same person; otherwise the
   * answer stays a 403. So it does where CSRF_COOKIE_HTTPONLY or CSRF_USE_SESSIONS hides the token
   * from scripts and the page has logged in before.
   *
   * Token mode: requests wait for a login under way, carry the token and no cookie, and fail
   * with a TypeError where the server redirects (unless `redirect` is "manual"). A path such
   * as "/api/x/" is one of the server's. 401 means nobody; so do 403 and 410, if allauth
   * confirms it.
   */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
}

/** What `createTTMinisAuth` takes; `manage.py ttminis_config` prints one. */
export interface TTMinisAuthConfig {
  /** The client key of the app in TikTok's portal. */
  clientKey: string;
  /** `token` for a page on another origin than the server; the default where `apiBase` is. */
  mode?: 'session' | 'token';
  /** Where the server answers, as `https://api.example`; token mode only. */
  apiBase?: string;
  /** Whether the page logs in by itself; true unless given. */
  silent?: boolean;
  /** `connect` on a page that offers to connect. */
  process?: 'login' | 'connect';
  /** Where to go after a login, if the server finds it safe. */
  next?: string | null;
  /** How TikTok's SDK is called; `auto` unless TikTok changes it once more. */
  callStyle?: 'auto' | 'options' | 'callback';
  /** How long the SDK may take to be there, and to answer, in milliseconds; 10000. */
  sdkTimeout?: number;
  /** What the buttons say, by error code; English unless given. */
  messages?: Record<string, string>;
  /** The language of the page, in which the server is asked to answer; the browser's. */
  language?: string | null;
  /** Addresses of the server, where the project has moved them. */
  loginUrl?: string;
  logoutUrl?: string;
  sessionUrl?: string;
  refreshUrl?: string;
  /** Before a JWT in the header `Authorization`; `Bearer`. */
  tokenScheme?: string;
  /** Session mode: who is logged in, according to the page's own server. */
  userId?: string | null;
  /** Session mode: Django's CSRF token, and its names of cookie and header. */
  csrfToken?: string;
  csrfCookie?: string | null;
  csrfHeader?: string;
  /** Session mode: the cookie that tells of logouts, where the server has the middleware. */
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
