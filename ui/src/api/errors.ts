/** What can come of asking the API, besides an answer. */
import type { ApprovalNeeded, Problem } from './schema';

/** The API said no. `code` is stable and meant to be branched on; `detail` is a sentence for a person. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors: readonly { pointer: string; detail: string }[];
  /** What somebody with more permissions would have to approve, where that is what is missing. */
  readonly approval: ApprovalNeeded | null;
  /** Finds the request in the logs. */
  readonly requestId: string | null;
  /** Seconds to wait before asking again, where that is what helps. */
  readonly retryAfter: number | null;

  constructor(response: Response, body: unknown) {
    const problem = isProblem(body) ? body : null;
    const detail = problem?.detail ?? gatewaySays(body) ?? `HTTP ${response.status}`;
    super(detail);
    this.name = 'Refused';
    this.status = response.status;
    this.code = problem?.code ?? `http.${response.status}`;
    this.detail = detail;
    this.errors = problem?.errors ?? [];
    this.approval = problem?.approval ?? null;
    this.requestId = response.headers.get('x-request-id');
    const wait = response.headers.get('retry-after');
    this.retryAfter = wait === null ? null : Number(wait);
  }

  /** Whether the same request may succeed a little later: it was not looked at, or not to its end. */
  get passes(): boolean {
    return this.status === 429 || this.status >= 500;
  }
}

/** No answer came: it is not known whether the request arrived. Repeat it with the same Idempotency-Key. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super('The server cannot be reached.', { cause });
    this.name = 'Unreachable';
  }
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body;
}

/** API Gateway refuses some requests itself, with a message and nothing else. */
function gatewaySays(body: unknown): string | undefined {
  return typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : undefined;
}
