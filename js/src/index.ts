/** The ES module, for pages that a build makes. To import it does nothing by itself. */

import { create } from './create';
import { MESSAGES } from './messages';
import { checkConfig, modeOf, withDefaults } from './schema';
import type { TTMinisAuthApi, TTMinisAuthConfig } from './types';

const made = new Map<string, TTMinisAuthApi>();

/**
 * Serve the page that runs this: log in silently unless told otherwise, listen to the buttons.
 *
 * `manage.py ttminis_config` prints the configuration; only `clientKey`, and `apiBase` on a page
 * that TikTok hosts, have no default. A second call for the same app returns the first one's
 * object, so that a component may be mounted twice. Throws a TypeError that names a wrong key.
 */
export function createTTMinisAuth(config: TTMinisAuthConfig): TTMinisAuthApi {
  checkConfig(config);
  const name = [config.clientKey, modeOf(config), config.apiBase].join(' ');
  const messages = { ...MESSAGES, ...config.messages };
  const auth = made.get(name) ?? create(() => ({ ...withDefaults(config), messages }));
  made.set(name, auth);
  return auth;
}

export type * from './types';
