/** Something that is being done for a form or a button: whether it is under way, and what was wrong with it. */
import { once, onceIfUnchanged, Refused, Unreachable } from '../api';
import { explain, reasonOf } from '../api/explain';
import { toasts } from '../design/toasts.svelte';
import { t } from './messages';

export class Doing {
  busy = $state(false);
  problem = $state('');
  /** What is wrong with which field, by its place in the body: "/variants/0/price". */
  fields = $state.raw<Record<string, string>>({});
  /** The same until there is an answer: when none came, trying again does the same thing, once. */
  #key: string = crypto.randomUUID();

  /** The headers of a write, and of one that only applies to the version that was seen. */
  once(): { 'Idempotency-Key': string } {
    return once(this.#key);
  }

  ifUnchanged(version: number): { 'Idempotency-Key': string; 'If-Match': string } {
    return { ...onceIfUnchanged(version), ...once(this.#key) };
  }

  /** Do it. Whether it worked; what did not is in `problem` and `fields`. */
  async run(action: () => Promise<unknown>): Promise<boolean> {
    this.busy = true;
    this.problem = '';
    this.fields = {};
    try {
      await action();
      this.#key = crypto.randomUUID();
      return true;
    } catch (error) {
      this.problem = said(error);
      if (error instanceof Refused) {
        this.fields = fieldsOf(error);
        if (!error.passes) this.#key = crypto.randomUUID();
      }
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** The same for a button that stands alone: what went wrong passes as a toast. */
  async press(action: () => Promise<unknown>, done?: string): Promise<boolean> {
    const worked = await this.run(action);
    if (!worked) toasts.show(this.problem, 'problem');
    else if (done) toasts.show(done);
    return worked;
  }
}

/** What is wrong with each field: where it is the refusal itself, in the person's language. */
function fieldsOf(refused: Refused): Record<string, string> {
  return Object.fromEntries(
    refused.errors.map(({ pointer, detail }) => [pointer, detail === refused.detail ? reasonOf(refused) : detail]),
  );
}

/** An error's sentence, in the person's language where it is ours. */
export function said(error: unknown): string {
  if (error instanceof Unreachable) return t().unreachable;
  if (error instanceof Refused && error.status === 412) return t().changedMeanwhile;
  return explain(error).detail;
}
