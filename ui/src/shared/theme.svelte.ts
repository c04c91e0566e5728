/** Dark or light: what the device prefers, unless a person has chosen. tokens.css follows `data-theme`. */
export type Theme = 'system' | 'light' | 'dark';

const KEPT = 'kasir.theme';

class Appearance {
  theme = $state<Theme>((localStorage.getItem(KEPT) as Theme | null) ?? 'system');

  choose(theme: Theme): void {
    this.theme = theme;
    localStorage.setItem(KEPT, theme);
    this.apply();
  }

  apply(): void {
    if (this.theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = this.theme;
  }
}

export const appearance = new Appearance();
appearance.apply();
