/** Create the object that a page's scripts call, and start the login. */

import { authorize, logIn, logout, MAX_RELOGINS } from './calls';
import { ACTIONS } from './actions';
import type { Auth } from './auth';
import { watchButtons } from './buttons';
import { completeConfig } from './config';
import { fetchAsUser } from './fetch';
import { confirmLastLogin } from './login';
import { replaceBrokenPictures, watchPictures } from './pictures';
import { settled } from './read';
import { run } from './run';
import { LOGIN, prepareSdk } from './sdk';
import { isTokenMode, isBuiltForOtherMode, NO_TOKENS, serverOrigin } from './tokens';
import { checkForLogout, newTask, runTask } from './tasks';
import type { TTMinisAuthApi, TTMinisSession } from './types';
import { BURST, logInIfSilent } from './silent';
import { untilListening, untilStarted, watchTikTok, watchPage } from './watch';
import { ANONYMOUS, restoreSession } from './session';
import { isLogoutUnconfirmed, isLoggedOut, markLogoutKnown } from './wish';

function newAuth(): Auth {
  const started_ = untilStarted();
  return {
    config_: completeConfig({}),
    isConfigured_: false,
    startedMs_: performance.now(),
    startedDate_: Date.now(),
    memory_: Object.create(null),
    state_: 'idle',
    session_: ANONYMOUS,
    tokens_: NO_TOKENS,
    epoch_: 0,
    task_: null,
    waiting_: [],
    actions_: ACTIONS,
    run_: run,
    csrfToken_: '',
    latestCsrfToken_: '',
    isCsrfTokenFromLogin_: false,
    formsUserId_: null,
    formsCsrfToken_: '',
    sdk_: null,
    lastCode_: '',
    sdkIdle_: Promise.resolve(),
    silentLoginsLeft_: BURST,
    silentLoginsCountedAt_: performance.now(),
    isSilentLoginScheduled_: false,
    reloginsLeft_: MAX_RELOGINS,
    retriesLeft_: 3,
    retryEpoch_: -1,
    knownLogout_: '',
    cookieRequests_: new Set(),
    sharedCalls_: Object.create(null),
    started_,
    listening_: untilListening(started_),
  };
}

/** Take the configuration, once. Ignore null, and one that names no app or no server. */
function configure(auth: Auth, given: unknown): void {
  if (auth.isConfigured_ || !given || typeof given !== 'object') return;
  auth.config_ = completeConfig(given);
  const { clientKey, csrfToken, userId = null } = auth.config_;
  try {
    serverOrigin(auth);
  } catch (noAddress) {
    return;
  }
  if (!clientKey || isBuiltForOtherMode(auth)) return;
  auth.isConfigured_ = true;
  if (!isTokenMode(auth)) {
    auth.csrfToken_ = auth.latestCsrfToken_ = auth.formsCsrfToken_ = csrfToken || '';
    auth.formsUserId_ = userId;
  }
  auth.session_ = Object.freeze({ ...ANONYMOUS, userId });
  if (isTokenMode(auth)) {
    restoreSession(auth);
    // A logout on another tab ends the session that this tab has stored.
    if (isLoggedOut(auth)) auth.actions_.forget(auth, null);
  }
  markLogoutKnown(auth);
  // The visitor has logged out and left the page before the server confirmed it: send it again.
  if (!isTokenMode(auth) && isLogoutUnconfirmed(auth)) {
    auth.session_ = ANONYMOUS;
    settled(runTask(auth, newTask(auth, 'leave', 'logout', false)));
  }
  confirmLastLogin(auth);
}

async function start(auth: Auth, find: () => unknown): Promise<TTMinisSession> {
  configure(auth, find());
  replaceBrokenPictures();
  // Errors are ignored here: each login prepares the SDK again and reports what failed.
  if (auth.isConfigured_) {
    settled(prepareSdk(auth, LOGIN).then(() => watchTikTok(auth)));
    await logInIfSilent(auth);
  }
  await auth.listening_;
  return auth.session_;
}

/**
 * Start the script on this page. `find` returns the configuration. It is called at once, and
 * again when the page has been parsed.
 */
export function create(find: () => unknown): TTMinisAuthApi {
  const auth = newAuth();
  watchButtons(auth);
  watchPictures();
  watchPage(auth);
  configure(auth, find());
  // Before any other caller waits for `started_`: they then join the page's own login.
  const ready = auth.started_.then(() => start(auth, find));
  return Object.freeze({
    ready,
    get session() {
      checkForLogout(auth);
      return auth.session_;
    },
    login: () => logIn(auth, 'login'),
    authorize: (options) => authorize(auth, options),
    connect: () => logIn(auth, 'connect'),
    switchAccount: () => logIn(auth, 'switch'),
    logout: () => logout(auth),
    fetch: (input, init) => fetchAsUser(auth, input, init),
  } satisfies TTMinisAuthApi);
}
