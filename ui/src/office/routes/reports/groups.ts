/** How sales may be grouped, on the screen and in a file. */
export const GROUPS = [
  'day',
  'month',
  'hour',
  'weekday_hour',
  'location',
  'register',
  'staff',
  'payment_method',
  'category',
  'product',
  'discount',
  'tax_rate',
] as const;
export type Group = (typeof GROUPS)[number];
