import { Router } from '../shared/router.svelte';

export const router = new Router('/office', import.meta.glob('./routes/**/Page.svelte'));
