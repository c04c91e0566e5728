/** What the build made of each application, as Vite's manifest (dist/build.json) tells. */
import { readFileSync } from 'node:fs';

interface Chunk {
  file: string;
  css?: string[];
  assets?: string[];
  imports?: string[];
  dynamicImports?: string[];
}

/** All files that the page `entry` may ever ask for; with `first`, those that it needs before it shows anything. */
export function filesOf(entry: string, { first = false } = {}, manifestFile = 'dist/build.json'): Set<string> {
  const chunks: Record<string, Chunk> = JSON.parse(readFileSync(manifestFile, 'utf8'));
  const files = new Set<string>();
  const seen = new Set<string>();
  const visit = (name: string): void => {
    const chunk = chunks[name];
    if (!chunk) throw new Error(`${manifestFile} has no ${name}`);
    if (seen.has(name)) return;
    seen.add(name);
    for (const file of [chunk.file, ...(chunk.css ?? []), ...(chunk.assets ?? [])]) files.add(file);
    for (const next of chunk.imports ?? []) visit(next);
    if (!first) for (const next of chunk.dynamicImports ?? []) visit(next);
  };
  visit(entry);
  return files;
}
