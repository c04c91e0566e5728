/** What went wrong, in the person's language, for who reads it and for who looks into it. */
import { locale } from '../shared/i18n.svelte';
import { Refused } from './errors';
import { textOf } from './refusals';

/** A refusal's sentence. */
export function reasonOf(refusal: { code: string; detail: string }): string {
  return textOf(refusal, locale.language);
}

/** The sentence, and what finds it in the logs, of anything that was thrown. */
export function explain(error: unknown): { detail: string; reference: string | null } {
  if (error instanceof Refused) return { detail: reasonOf(error), reference: error.requestId };
  return { detail: error instanceof Error ? error.message : String(error), reference: null };
}
