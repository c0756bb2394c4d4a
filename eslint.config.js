// The extension meets hostile pages: no HTML from strings, no evaluation of text, no console left behind.
import js from "@eslint/js";
import noUnsanitized from "eslint-plugin-no-unsanitized";
import globals from "globals";

const strict = {
  ...js.configs.recommended.rules,
  eqeqeq: "error",
  "no-console": "error",
  "no-eval": "error",
  "no-implied-eval": "error",
  "no-new-func": "error",
  "no-script-url": "error",
  "no-var": "error",
  "prefer-const": "error",
  "no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
};

export default [
  { ignores: ["node_modules/", ".venv/", "build/", "dist/", "host/", "docs/"] },
  {
    files: ["extension/**/*.js"],
    plugins: { "no-unsanitized": noUnsanitized },
    languageOptions: {
      ecmaVersion: 2024,
      sourceType: "module",
      globals: { ...globals.browser, ...globals.webextensions },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: { ...strict, "no-unsanitized/method": "error", "no-unsanitized/property": "error" },
  },
  {
    // injected before any page script: classic files, no imports
    files: ["extension/inpage.js", "extension/content.js", "extension/standards/**/*.js"],
    languageOptions: { sourceType: "script" },
  },
  {
    files: ["tests/fakes/*_extension/**/*.js"],
    languageOptions: { globals: { ...globals.browser, ...globals.webextensions } },
  },
  {
    files: ["eslint.config.js", "tests/**/*.js"],
    languageOptions: { ecmaVersion: 2024, sourceType: "module", globals: { ...globals.node } },
    rules: { ...strict, "no-console": "off" },
  },
];
