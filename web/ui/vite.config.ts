import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

import { gzipped } from "./gzipped.ts";

const SERVER = "http://127.0.0.1:8080";

export default defineConfig({
  base: "./",
  plugins: [react(), gzipped()],
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    rolldownOptions: { input: ["index.html", "console.html", "widget.html"] },
  },
  server: {
    host: "127.0.0.1",
    proxy: { "/client.json": SERVER, "/api": SERVER, "/start": SERVER, "/sessions": SERVER, "/health": SERVER },
  },
  test: { environment: "node", include: ["src/**/*.test.ts", "lint/*.test.js"], css: true },
});
