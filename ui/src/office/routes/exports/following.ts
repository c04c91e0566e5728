/** Files while they are made, and where they are got. */
import { ask, type ExportWithFile } from '../../../api';
import { follow } from '../../follow';
import { t } from '../../messages';
import { office } from '../../office.svelte';

function look(id: string): Promise<ExportWithFile> {
  return ask(office.api.GET('/v1/exports/{id}', { params: { path: { id } } }));
}

/** Tell of an export until it is over. What is answered ends that. */
export function followExport(
  id: string,
  tell: (found: ExportWithFile) => void,
  fail?: (error: unknown) => void,
): () => void {
  return follow({
    look: () => look(id),
    tell,
    ...(fail ? { fail } : {}),
    goesOn: ({ status }) => status === 'running',
  });
}

/** Have the browser get an export's file, by a link that is made for it now and works for five minutes. */
export async function download(id: string): Promise<void> {
  const { download: file } = await look(id);
  if (!file) throw new Error(t().exports.gone);
  fetchFile(file);
}

/** Have the browser get what is at a link. */
export function fetchFile({ url, file_name }: { url: string; file_name: string }): void {
  Object.assign(document.createElement('a'), { href: url, download: file_name }).click();
}
