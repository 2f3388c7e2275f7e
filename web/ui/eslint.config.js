import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

import texts from "./lint/texts.js";

export default tseslint.config(
  { ignores: ["dist", "node_modules", "eslint.config.js", "lint"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { "react-hooks": reactHooks, house: { rules: { texts } } },
    rules: {
      ...reactHooks.configs.recommended.rules,
      "house/texts": "error",
      "no-console": "error",
      eqeqeq: "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
    },
  },
);
