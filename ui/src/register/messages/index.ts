import { dictionary } from '../../shared/i18n.svelte';
import { en } from './en';
import { id } from './id';

/** The register's words: `t().pay.change`. */
export const t = dictionary({ en, id });
