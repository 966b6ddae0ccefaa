/* Stands in for TikTok's SDK script and defines window.TTMinis.
 *
 * TikTok's pages disagree about how login and authorize are called (minis-sdk-login in
 * three generations), so each known way works: an options object with success, fail
 * and complete; a callback, with options after it; and a promise if neither is given.
 * Codes come from the simulator's server, found by this script's own address.
 */
(function () {
  "use strict";

  const base = document.currentScript.src;
  const listeners = new Map();
  let clientKey = null;
  let lastListener = 0;

  const CAN_USE = new Set([
    "init", "canIUse", "on", "off",
    "login", "login.success", "login.success.code", "login.fail", "login.complete",
    "login.object", "login.object.success", "login.object.fail", "login.object.complete",
    "authorize", "authorize.success", "authorize.success.code", "authorize.fail",
    "authorize.complete", "authorize.object", "authorize.object.scope",
    "authorize.object.success", "authorize.object.fail", "authorize.object.complete",
  ]);

  const SCOPE_TEXT = {
    "user.info.open_id": "Know that it is you when you come back",
    "user.info.basic": "See your display name and profile picture",
  };

  const STYLE = `
    dialog { box-sizing: border-box; width: min(26rem, 100% - 2rem); padding: 1.5rem;
      border: 0; border-radius: 1rem; color: #161823; background: #fff;
      font: 1rem/1.5 system-ui, sans-serif; box-shadow: 0 1rem 3rem rgb(0 0 0 / .35); }
    dialog::backdrop { background: rgb(0 0 0 / .5); }
    h2 { margin: 0 0 .5rem; font-size: 1.25rem; line-height: 1.3; }
    p { margin: 0; } ul { margin: .75rem 0 1.5rem; padding-left: 1.25rem; }
    form { display: flex; flex-wrap: wrap; gap: .75rem; }
    button { flex: 1 1 8rem; min-height: 2.75rem; border: 1px solid #8a8b91;
      border-radius: .5rem; font: inherit; font-weight: 600; color: inherit;
      background: transparent; cursor: pointer; }
    button[value=allow] { border-color: #c4123f; color: #fff; background: #c4123f; }
    button:focus-visible { outline: 3px solid #2f7cf6; outline-offset: 2px; }
    @media (prefers-color-scheme: dark) {
      dialog { color: #f3f3f5; background: #1f1f24; }
    }`;

  async function ask(path, question) {
    try {
      const response = await fetch(new URL(path, base), {
        method: "POST",
        credentials: "omit",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ client_key: clientKey, ...question }),
      });
      const answer = await response.json();
      // A fault that was ordered: the SDK that never calls back.
      return answer.silent ? new Promise(() => {}) : answer;
    } catch (cause) {
      const error_msg = "the simulator cannot be reached";
      const error_extra = { cause: String(cause) };
      return { error: { error_code: 10401, error_msg, error_extra } };
    }
  }

  async function consent(options) {
    const scope = options.scope || "user.info.basic";
    const { prompt, error } = await ask("sdk/prompt/", { scope });
    if (error) {
      return { error };
    }
    const allow = await showDialog(prompt);
    const answer = await ask("sdk/authorize/", { scope, allow });
    if (!options.returnScopes) {
      delete answer.grantedScopes;
    }
    return answer;
  }

  // Drawn in a shadow tree, with a style sheet made by script: neither the page's
  // styles nor its Content-Security-Policy can reach it.
  function showDialog({ app, person, scopes }) {
    const host = document.createElement("ttminis-simulator-consent");
    const root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    const dialog = add(root, "dialog", { ariaModal: "true" });
    dialog.setAttribute("aria-labelledby", "title");
    dialog.setAttribute("aria-describedby", "what");
    add(dialog, "h2", { id: "title", textContent: `Let ${app} use your TikTok account?` });
    const what = add(dialog, "div", { id: "what" });
    add(what, "p", { textContent: `You are signed in as ${person}. ${app} wants to:` });
    const list = add(what, "ul", {});
    scopes.forEach((name) => add(list, "li", { textContent: SCOPE_TEXT[name] || name }));
    const form = add(dialog, "form", { method: "dialog" });
    add(form, "button", { value: "refuse", textContent: "Not now" });
    add(form, "button", { value: "allow", textContent: "Allow" });
    document.body.append(host);
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => {
        host.remove();
        resolve(dialog.returnValue === "allow");
      });
    });
  }

  function add(parent, tag, properties) {
    const element = Object.assign(document.createElement(tag), properties);
    parent.append(element);
    return element;
  }

  // Run by the event loop, so that what a handler throws is the page's own error.
  function later(handler, ...results) {
    if (typeof handler === "function") {
      setTimeout(() => handler(...results), 0);
    }
  }

  function deliver(first, second, work) {
    if (typeof first === "function") {
      work(second || {}).then(({ error, ...authResponse }) => {
        later(first, error ? { authResponse: null, error } : { authResponse });
      });
      return undefined;
    }
    const options = first || {};
    const { success, fail, complete } = options;
    if (![success, fail, complete].some((handler) => typeof handler === "function")) {
      return work(options).then((answer) => {
        if (answer.error) {
          throw answer;
        }
        return answer;
      });
    }
    work(options).then((answer) => {
      later(answer.error ? fail : success, answer);
      later(complete);
    });
    return undefined;
  }

  function emit(name) {
    [...(listeners.get(name) || new Map()).values()].forEach((callback) => later(callback));
  }

  const methods = {
    // The first generation of the documents has login ask for scopes; asked for any,
    // login opens the consent screen.
    login: (first, second) =>
      deliver(first, second, (options) =>
        options.scope ? consent(options) : ask("sdk/login/", {})),
    authorize: (first, second) => deliver(first, second, consent),
    canIUse: (path) => CAN_USE.has(path),
    on(name, callback) {
      lastListener += 1;
      const id = String(lastListener);
      listeners.set(name, (listeners.get(name) || new Map()).set(id, callback));
      return id;
    },
    off: (name, id) => (listeners.get(name) || new Map()).delete(id),
  };

  // The documents disagree whether the other methods exist before init. Here they do
  // not, the strictest reading: a page that works here works under the others too.
  window.TTMinis = {
    init(options) {
      if (!options || typeof options.clientKey !== "string") {
        throw new TypeError("TTMinis.init needs a clientKey");
      }
      clientKey = options.clientKey;
      Object.assign(window.TTMinis, methods);
    },
  };

  document.addEventListener("visibilitychange", () => {
    emit(document.visibilityState === "visible" ? "minis.show" : "minis.hide");
  });
})();
