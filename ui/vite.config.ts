import { svelte } from '@sveltejs/vite-plugin-svelte';
import { VitePWA } from 'vite-plugin-pwa';
import { defineConfig } from 'vitest/config';
import { filesOf } from './bundle';

export default defineConfig({
  plugins: [
    svelte(),
    VitePWA({
      // The register says when an update is ready, and a person says when to take it: never in the middle of a sale.
      registerType: 'prompt',
      injectRegister: false,
      includeAssets: ['icons/*'],
      manifest: {
        id: '/',
        name: 'Kasir',
        short_name: 'Kasir',
        description: 'The register',
        start_url: '/',
        scope: '/',
        display: 'standalone',
        background_color: '#faf7f2',
        theme_color: '#faf7f2',
        icons: [
          { src: '/icons/icon.svg', sizes: 'any', type: 'image/svg+xml', purpose: 'any' },
          { src: '/icons/maskable.svg', sizes: 'any', type: 'image/svg+xml', purpose: 'maskable' },
          { src: '/icons/icon-192.png', sizes: '192x192', type: 'image/png' },
          { src: '/icons/icon-512.png', sizes: '512x512', type: 'image/png' },
        ],
      },
      workbox: {
        // The register works without a network; the back office does not, and nothing of it alone is fetched ahead.
        globPatterns: ['index.html', 'assets/**', 'icons/*'],
        manifestTransforms: [
          (entries) => {
            const wanted = filesOf('index.html');
            return {
              manifest: entries.filter(({ url }) => !url.startsWith('assets/') || wanted.has(url)),
              warnings: [],
            };
          },
        ],
        navigateFallback: '/index.html',
        navigateFallbackDenylist: [/^\/office(\/|$)/, /^\/v1(\/|$)/],
        cleanupOutdatedCaches: true,
      },
    }),
  ],
  build: {
    target: 'es2022',
    manifest: 'build.json',
    assetsInlineLimit: 0, // the content security policy admits no data: but for pictures
    rolldownOptions: {
      input: { register: 'index.html', office: 'office/index.html' },
    },
  },
  server: {
    // `npm run dev` beside a local stack: KASIR_UI is its ui_url
    proxy: { '/v1': { target: process.env.KASIR_UI ?? 'http://127.0.0.1:5566', changeOrigin: true } },
  },
  test: { include: ['src/**/*.test.ts', 'tests/unit/**/*.test.ts'] },
});
