/** Something that is done at the press of a button: `busy` while it runs, and a word about what went wrong. */
import { Refused, Unreachable } from '../api';
import { explain } from '../api/explain';
import { toasts } from '../design/toasts.svelte';
import { t } from './messages';
import { ChangedElsewhere } from './tickets';

export class Attempt {
  busy = $state(false);

  /** Do it; answers whether it was done. While it runs, a second press does nothing. */
  async run(act: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    try {
      await act();
      return true;
    } catch (error) {
      const declined = error instanceof Refused && error.code === 'approval.required'; // a person said no to it
      if (!declined) toasts.show(wordAbout(error), 'problem');
      return false;
    } finally {
      this.busy = false;
    }
  }
}

export function wordAbout(error: unknown): string {
  if (error instanceof ChangedElsewhere) return t().changedElsewhere;
  return error instanceof Unreachable ? t().needsNetwork : explain(error).detail;
}
