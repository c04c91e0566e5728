/** What a key or a role may be allowed to do, as the API names it: functions/staff/permissions.py (a test compares). */
export const PERMISSIONS = [
  'approvals:write',
  'audit:read',
  'catalog:read',
  'catalog:write',
  'customers:read',
  'customers:write',
  'events:read',
  'exports:read',
  'exports:write',
  'imports:read',
  'imports:write',
  'inventory:read',
  'inventory:write',
  'keys:read',
  'keys:write',
  'merchant:read',
  'merchant:write',
  'orders:cancel',
  'orders:discount',
  'orders:override_price',
  'orders:read',
  'orders:refund',
  'orders:write',
  'payments:manage',
  'payments:read',
  'payments:void',
  'payments:write',
  'receipts:email',
  'receipts:open_drawer',
  'receipts:read',
  'receipts:write',
  'registers:pair',
  'reports:read',
  'reports:rebuild',
  'sessions:write',
  'shifts:open_drawer',
  'shifts:read',
  'shifts:report',
  'shifts:write',
  'staff:read',
  'staff:write',
  'sync:read',
  'sync:write',
  'vouchers:read',
  'vouchers:write',
  'webhooks:read',
  'webhooks:write',
] as const;

/** The permissions by what they are about: "orders" has "orders:cancel" and so on. */
export function byService(): { service: string; permissions: string[] }[] {
  const services = [...new Set(PERMISSIONS.map((one) => one.split(':')[0] as string))];
  return services.map((service) => ({
    service,
    permissions: PERMISSIONS.filter((one) => one.startsWith(`${service}:`)),
  }));
}

/** Whether grants such as "orders:*" and "*" include a permission. */
export function includes(grants: readonly string[], permission: string): boolean {
  return grants.some((one) => one === '*' || one === permission || one === `${permission.split(':')[0]}:*`);
}
