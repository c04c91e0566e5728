import { Router } from '../shared/router.svelte';

export const router = new Router('', import.meta.glob('./routes/**/Page.svelte'));
