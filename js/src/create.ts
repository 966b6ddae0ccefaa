/** Put the parts together: one page, its configuration and what its scripts may call. */

import { authorize, logInByAct, logout, RELOGIN_BUDGET } from './acts';
import { ACTIONS } from './actions';
import type { Auth } from './auth';
import { watchButtons } from './buttons';
import { complete } from './config';
import { fetchAsUser } from './fetch';
import { greetNewcomer } from './land';
import { replaceDeadPictures, watchPictures } from './pictures';
import { settled } from './read';
import { run } from './run';
import { LOGIN, prepareSdk } from './sdk';
import { byToken, isOtherBuild, NO_TOKENS, serverOrigin } from './tokens';
import { look, newTask, want } from './tasks';
import type { TTMinisAuthApi, TTMinisSession } from './types';
import { BURST, logInUnpressed } from './unpressed';
import { untilHeard, untilStarted, watchForReturn, watchPage } from './watch';
import { NOBODY, recallWho } from './who';
import { isLeaving, isOut, knowLogout } from './wish';

function newAuth(): Auth {
  const started_ = untilStarted();
  return {
    config_: complete({}),
    isConfigured_: false,
    born_: performance.now(),
    bornAt_: Date.now(),
    memory_: Object.create(null),
    state_: 'idle',
    session_: NOBODY,
    tokens_: NO_TOKENS,
    epoch_: 0,
    task_: null,
    waiting_: [],
    actions_: ACTIONS,
    run_: run,
    csrfToken_: '',
    latestToken_: '',
    isCsrfTokenOurs_: false,
    formsOf_: null,
    formsToken_: '',
    sdk_: null,
    lastCode_: '',
    sdkOver_: Promise.resolve(),
    unpressedLeft_: BURST,
    unpressedAt_: performance.now(),
    isUnpressedDue_: false,
    reloginsLeft_: RELOGIN_BUDGET,
    delaysLeft_: 3,
    delayedIn_: -1,
    knownLogout_: '',
    underWay_: new Set(),
    shared_: Object.create(null),
    started_,
    heard_: untilHeard(started_),
  };
}

/** Take the configuration, once; null, or one that names no app or server, is none. */
function configure(auth: Auth, given: unknown): void {
  if (auth.isConfigured_ || !given || typeof given !== 'object') return;
  auth.config_ = complete(given);
  const { clientKey, csrfToken, userId = null } = auth.config_;
  try {
    serverOrigin(auth);
  } catch (noAddress) {
    return;
  }
  if (!clientKey || isOtherBuild(auth)) return;
  auth.isConfigured_ = true;
  if (!byToken(auth)) {
    auth.csrfToken_ = auth.latestToken_ = auth.formsToken_ = csrfToken || '';
    auth.formsOf_ = userId;
  }
  auth.session_ = Object.freeze({ ...NOBODY, userId });
  if (byToken(auth)) {
    recallWho(auth);
    // A logout in another tab ends what this tab has kept.
    if (isOut(auth)) auth.actions_.forget(auth, null);
  }
  knowLogout(auth);
  // The visitor has logged out and gone on before the server knew.
  if (!byToken(auth) && isLeaving(auth)) {
    auth.session_ = NOBODY;
    settled(want(auth, newTask(auth, 'leave', 'logout', false)));
  }
  greetNewcomer(auth);
}

async function start(auth: Auth, find: () => unknown): Promise<TTMinisSession> {
  configure(auth, find());
  replaceDeadPictures();
  // Each login prepares the SDK for itself and reports what failed.
  if (auth.isConfigured_) {
    settled(prepareSdk(auth, LOGIN).then(() => watchForReturn(auth)));
    await logInUnpressed(auth);
  }
  await auth.heard_;
  return auth.session_;
}

/**
 * Begin to serve the page. `find` returns the configuration; it is asked at once, and again
 * when all of the page is there.
 */
export function create(find: () => unknown): TTMinisAuthApi {
  const auth = newAuth();
  watchButtons(auth);
  watchPictures();
  watchPage(auth);
  configure(auth, find());
  // First in line: whoever else waits for `started_` finds the page's own login under way.
  const ready = auth.started_.then(() => start(auth, find));
  return Object.freeze({
    ready,
    get session() {
      look(auth);
      return auth.session_;
    },
    login: () => logInByAct(auth, 'login'),
    authorize: (options) => authorize(auth, options),
    connect: () => logInByAct(auth, 'connect'),
    switchAccount: () => logInByAct(auth, 'switch'),
    logout: () => logout(auth),
    fetch: (input, init) => fetchAsUser(auth, input, init),
  } satisfies TTMinisAuthApi);
}
