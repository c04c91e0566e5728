import { mount } from 'svelte';
import '../design/base.css';
import App from './App.svelte';
import { register } from './register.svelte';
import { updates } from './updates.svelte';

mount(App, { target: document.getElementById('app') as HTMLElement });
updates.watch();
await register.start();
