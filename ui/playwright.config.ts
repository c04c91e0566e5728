import { defineConfig } from '@playwright/test';
import { stack } from './tests/browser/stack';

/** Debian's Chromium, against the front end and the API that `make up` serves. */
export default defineConfig({
  outputDir: 'test-results',
  reporter: [['list']],
  workers: 1,
  timeout: 120_000,
  // a function that was not called yet takes its time to start, on a busy machine much of it
  expect: { timeout: 30_000 },
  use: {
    baseURL: stack.ui_url,
    locale: 'en-US',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: [
    { name: 'browser', testDir: 'tests/browser', testMatch: '*.test.ts' },
    { name: 'screenshots', testDir: 'tests/browser', testMatch: 'screenshots.ts' },
    { name: 'bench', testDir: 'bench', testMatch: 'ready.ts' },
  ],
});
