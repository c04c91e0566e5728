import { dictionary } from '../../shared/i18n.svelte';
import { en } from './en';
import { id } from './id';

/** The back office's words: `t().registers.title`. */
export const t = dictionary({ en, id });
