import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const server = process.env['PARLEY_SERVER'] ?? 'http://127.0.0.1:8000';

export default defineConfig({
  plugins: [react(), tailwindcss()],
  // Other workspaces bring an older React to the root; the dashboard must only ever contain its own.
  resolve: { dedupe: ['react', 'react-dom'] },
  build: {
    // The server's Content-Security-Policy allows files of our own only: no inline script, no data: fonts.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    target: 'es2023',
    sourcemap: false,
    manifest: true,
    reportCompressedSize: false,
  },
  server: {
    proxy: { '/api': { target: server, ws: true }, '/health': server, '/socket.io': { target: server, ws: true } },
  },
});
