import { useSyncExternalStore } from "react";
import { createTTMinisAuth, type TTMinisAuthConfig } from "ttminis-auth";

// Written by `python manage.py ttminis_config`; this one is for `make demo`.
import config from "./ttminis.config.json";

// Created once, outside of every component: it logs the visitor in when the page loads.
export const auth = createTTMinisAuth(config as TTMinisAuthConfig);

const EVENTS = ["ttminis:login", "ttminis:authorize", "ttminis:error", "ttminis:logout"];

function subscribe(changed: () => void) {
  EVENTS.forEach((name) => document.addEventListener(name, changed));
  return () => EVENTS.forEach((name) => document.removeEventListener(name, changed));
}

export const useSession = () => useSyncExternalStore(subscribe, () => auth.session);
