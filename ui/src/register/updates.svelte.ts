/** New versions of the program: fetched behind everything, and taken only when a person says so. */
import { registerSW } from 'virtual:pwa-register';

class Updates {
  waiting = $state(false);
  #take: ((reload: boolean) => Promise<void>) | null = null;

  watch(): void {
    this.#take = registerSW({ onNeedRefresh: () => (this.waiting = true) });
  }

  take(): void {
    void this.#take?.(true);
  }
}

export const updates = new Updates();
