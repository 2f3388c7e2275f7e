import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const SERVER = "http://127.0.0.1:8080";

export default defineConfig({
  base: "./",
  plugins: [react()],
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    rolldownOptions: { input: { index: "index.html", console: "console.html" } },
  },
  server: {
    host: "127.0.0.1",
    proxy: { "/start": SERVER, "/sessions": SERVER, "/health": SERVER, "/api": SERVER },
  },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});
