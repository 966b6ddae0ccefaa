import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

import config from "./src/ttminis.config.json" with { type: "json" };

const { clientKey, apiBase } = config;

// TikTok's upload scan looks for a call of TTMinis.init with a literal key in the page, and for
// a file with the key and the domains that the page calls.
const ttminis: Plugin = {
  name: "ttminis",
  transformIndexHtml: (html) => html.replaceAll("%CLIENT_KEY%", () => clientKey),
  generateBundle() {
    const domains = [new URL(apiBase).origin];
    const minis = {
      appId: clientKey,
      clientKey,
      domain: { trustedDomains: domains, allowList: domains },
      build: { outputDir: ".", output: ".", htmlEntry: "index.html" },
    };
    const source = JSON.stringify(minis, null, 2);
    this.emitFile({ type: "asset", fileName: "minis.config.json", source });
  },
};

export default defineConfig({
  plugins: [react(), ttminis],
  // Relative, because the path under which TikTok serves the page is not known.
  base: "./",
  build: { modulePreload: { polyfill: false } },
  // The example's settings allow this port.
  server: { host: "127.0.0.1", port: 5173, strictPort: true },
});
