/** Short messages that come and go by themselves; what has to be answered is a Dialog. */
export interface Toast {
  id: number;
  kind: 'done' | 'problem';
  text: string;
}

const SECONDS = { done: 3, problem: 7 };

class Toasts {
  shown = $state<Toast[]>([]);
  #last = 0;

  show(text: string, kind: Toast['kind'] = 'done'): void {
    const id = ++this.#last;
    this.shown = [...this.shown.slice(-2), { id, kind, text }];
    setTimeout(() => this.dismiss(id), SECONDS[kind] * 1000);
  }

  dismiss(id: number): void {
    this.shown = this.shown.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
