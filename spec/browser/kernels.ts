/** Kernels in a page: the bits of Node, with threads where the page is isolated and without them where it is not. */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { type Digest, digest } from './kernel-digest.js';

const dist = fileURLToPath(new URL('../../', import.meta.url));
const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

/** The compiled files, with the headers that let a page share memory or without them. */
function serve(headers: Readonly<Record<string, string>>): Promise<Server> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').slice(1);
    const page = path === '';
    try {
      const body = page ? '<!doctype html><link rel="icon" href="data:,">' : readFileSync(`${dist}${path}`);
      response.writeHead(200, { ...headers, 'content-type': page ? 'text/html' : 'text/javascript' }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(server)));
}

async function inPage(
  browser: Browser,
  headers: Readonly<Record<string, string>>,
  threads: readonly number[],
): Promise<Digest[]> {
  const server = await serve(headers);
  const page = await browser.newPage();
  try {
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const calls = `(async () => {
      const { digest } = await import('/spec/browser/kernel-digest.js');
      const found = [];
      for (const threads of ${JSON.stringify(threads)}) found.push(await digest(threads));
      return found;
    })()`;
    return (await page.evaluate(calls)) as Digest[];
  } finally {
    await page.close();
    server.close();
  }
}

/** What is wrong, by subject. */
export async function kernelFaults(browser: Browser): Promise<ReadonlyMap<string, readonly string[]>> {
  const { bits } = await digest(1);
  const same = (d: Digest) => [
    ...(d.bits === bits ? [] : [`other bits than in Node:\n     ${d.bits}\n     ${bits}`]),
    ...(d.tier === 'strict' ? [] : [`tier ${d.tier}`]),
  ];
  const isolated = await inPage(browser, ISOLATED, [1, 2, 4]);
  const open = await inPage(browser, {}, [4]);
  return new Map([
    ['kernels, 1 thread', same(isolated[0])],
    ['kernels, 2 threads', [...same(isolated[1]), ...(isolated[1].others > 0 ? [] : ['no other thread took part'])]],
    ['kernels, 4 threads', same(isolated[2])],
    ['kernels, page without isolation', [...same(open[0]), ...(open[0].others === 0 ? [] : ['it has threads'])]],
  ]);
}
