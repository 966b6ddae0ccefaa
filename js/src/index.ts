/** The ES module, for pages with a build. Importing it starts nothing. */

import { create } from './create';
import { MESSAGES } from './messages';
import { checkConfig, modeOf, withDefaults } from './schema';
import type { TTMinisAuthApi, TTMinisAuthConfig } from './types';

const made = new Map<string, TTMinisAuthApi>();

/**
 * Start the script on this page: log in silently unless `silent` is false, and serve the buttons.
 *
 * `manage.py ttminis_config` prints the configuration. Only `clientKey`, and `apiBase` on a page
 * that TikTok hosts, have no default. A second call for the same app returns the object of the
 * first, so a component may be mounted twice. Throws a TypeError that names a wrong key.
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
