/** The server's time, as far as its answers tell: a tablet's own clock may be hours off. */
let ahead = 0;

/** Learn from an answer's Date header, which has whole seconds. */
export function learnTime(response: Response): void {
  const date = Date.parse(response.headers.get('date') ?? '');
  if (Number.isNaN(date)) return;
  const difference = date - Date.now();
  ahead = Math.abs(difference) > 2000 ? difference : 0;
}

export function serverNow(): Date {
  return new Date(Date.now() + ahead);
}
