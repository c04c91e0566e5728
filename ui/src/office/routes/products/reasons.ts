/** Why stock is adjusted, as the API names it. */
export const REASONS = [
  'receipt',
  'count',
  'damage',
  'loss',
  'theft',
  'return',
  'correction',
  'opening',
  'other',
] as const;
