/** Files while they are made, and where they are got. */
import { ask, type ExportWithFile } from '../../../api';
import { t } from '../../messages';
import { office } from '../../office.svelte';

const EVERY_MS = 1500;

function look(id: string): Promise<ExportWithFile> {
  return ask(office.api.GET('/v1/exports/{id}', { params: { path: { id } } }));
}

/** Tell of an export, now and every so often, until it is over. What is answered ends that. */
export function follow(id: string, tell: (found: ExportWithFile) => void, fail: (error: unknown) => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  let ended = false;
  async function again(): Promise<void> {
    try {
      const found = await look(id);
      if (ended) return;
      tell(found);
      if (found.status !== 'running') return;
    } catch (error) {
      if (ended) return;
      fail(error); // the file is made without us: the next look may succeed
    }
    timer = setTimeout(again, EVERY_MS);
  }
  void again();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}

/** Have the browser get the file, by a link that is made for it now and works for five minutes. */
export async function download(id: string): Promise<void> {
  const { download: file } = await look(id);
  if (!file) throw new Error(t().exports.gone);
  Object.assign(document.createElement('a'), { href: file.url, download: file.file_name }).click();
}
