import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const out = '../gateway/console/dist'

/** Writes .br and .gz beside each asset, so that the gateway compresses nothing at run time. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    closeBundle() {
      const folder = join(import.meta.dirname, out, 'assets')
      for (const name of readdirSync(folder)) {
        if (/\.(br|gz)$/.test(name)) continue
        const text = readFileSync(join(folder, name))
        writeFileSync(join(folder, `${name}.br`), brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } }))
        writeFileSync(join(folder, `${name}.gz`), gzipSync(text, { level: 9 }))
      }
    },
  }
}

export default defineConfig({
  plugins: [react(), compressed()],
  base: '/console/',
  html: { cspNonce: '__NONCE__' },
  build: {
    outDir: out,
    emptyOutDir: true,
    target: ['chrome90', 'safari15'],
    manifest: 'manifest.json',
    chunkSizeWarningLimit: 1200,
  },
  server: { proxy: { '/v1': 'http://127.0.0.1:8080', '/sheets': 'http://127.0.0.1:8080', '/sign-in': 'http://127.0.0.1:8080' } },
  test: { include: ['src/**/*.test.ts', 'src/**/*.test.tsx'] },
} as Parameters<typeof defineConfig>[0])
