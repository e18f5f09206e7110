import js from '@eslint/js';
import globals from 'globals';

// A module's own names share one scope with those of all other modules of its script (playground/web/bundle.py), so a name that
// the browser has must not be one of them: another module could mean the browser's.
const noBrowserNames = {
  create: (context) => ({
    'Program:exit'(program) {
      const [scope] = context.sourceCode.getScope(program).childScopes;
      for (const { name, identifiers: [place] } of scope.variables) {
        if (Object.hasOwn(globals.browser, name)) context.report({ node: place, message: `The browser has ${name} already. Choose another name.` });
      }
    },
  }),
};

export default [
  { ignores: ['assets/generated/', '.venv/', 'runs/'] },
  js.configs.recommended,
  {
    plugins: { playground: { rules: { 'no-browser-names': noBrowserNames } } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-shadow': 'error',
      'no-var': 'error',
      'prefer-const': ['error', { destructuring: 'all' }],
      'object-shorthand': 'error',
    },
  },
  {
    files: ['assets/**/*.js'],
    languageOptions: { globals: globals.browser },
    rules: {
      'playground/no-browser-names': 'error',
      'no-restricted-syntax': ['error', 'ImportExpression', 'ExportDefaultDeclaration', 'ExportAllDeclaration'], // not read by the bundler
    },
  },
  { files: ['tests/js/**/*.js', '*.js'], languageOptions: { globals: globals.node } },
];
