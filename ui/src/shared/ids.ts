const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';

/** An id of our own, such as ord_…: begins with the time, so that it sorts by it, and ends in 80 random bits. */
export function newId(prefix: string, now: number = Date.now()): string {
  const time = now.toString(36).padStart(9, '0');
  // 252 is the last multiple of 36 that a byte holds: above it, some characters would come more often than others
  const fair: number[] = [];
  while (fair.length < 16) {
    for (const byte of crypto.getRandomValues(new Uint8Array(24))) if (byte < 252) fair.push(byte);
  }
  return `${prefix}_${time}${fair
    .slice(0, 16)
    .map((byte) => ALPHABET[byte % 36])
    .join('')}`;
}
