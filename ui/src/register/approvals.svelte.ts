/**
 * What somebody may not do, a manager can let them do by a PIN: a request that is refused for that is asked about, and then
 * sent again with the approval.
 *
 *     const order = await approved((header) => ask(api.POST('…', { params: { header: { ...once(), ...header } } })));
 */
import { type ApprovalNeeded, Refused } from '../api';

export type ApprovalHeader = { Approval?: string };

interface Question {
  needed: ApprovalNeeded;
  /** Hears the approval's id, or null if nobody gave it. */
  answer: (id: string | null) => void;
}

class Approvals {
  /** What is to be approved now; Approval.svelte asks for it. */
  question = $state.raw<Question | null>(null);

  ask(needed: ApprovalNeeded): Promise<string | null> {
    return new Promise((resolve) => {
      const answer = (id: string | null): void => {
        this.question = null;
        resolve(id);
      };
      this.question = { needed, answer };
    });
  }
}

export const approvals = new Approvals();

/** Do it, with approvals where it needs them. Throws what it throws; without an approval the refusal. */
export async function approved<T>(act: (header: ApprovalHeader) => Promise<T>): Promise<T> {
  const given: string[] = [];
  for (;;) {
    try {
      return await act(given.length ? { Approval: given.join(',') } : {});
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== 'approval.required' || !error.approval) throw error;
      const id = await approvals.ask(error.approval);
      if (id === null) throw error;
      given.push(id);
    }
  }
}
