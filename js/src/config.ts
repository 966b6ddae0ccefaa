/** The configuration, from the template tag or from a build. */

import type { TTMinisAuthConfig } from './types';

/** A configuration with every key; null and undefined both mean "none". */
export type FullConfig = Required<TTMinisAuthConfig>;

/**
 * Fill in the keys that the script needs. A page from a cache may have an older configuration
 * than this file.
 */
export function completeConfig(given: object): FullConfig {
  const defaults = { silent: true, csrfHeader: 'X-CSRFToken' };
  // Without a prototype: other scripts can write to Object.prototype.
  const config = Object.assign(Object.create(null), defaults, given);
  config.sdkTimeout = Number(config.sdkTimeout) || 10000;
  return config;
}
