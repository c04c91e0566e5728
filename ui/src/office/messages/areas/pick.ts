/** Finding a product for a line. */
export const en = {
  hint: 'Scan, or type and choose from the list.',
  none: (wanted: string) => `Nothing is called ${wanted}.`,
  seen: 'Seen',
};
export const id: typeof en = {
  hint: 'Pindai, atau ketik lalu pilih dari daftar.',
  none: (wanted) => `Tidak ada ${wanted}.`,
  seen: 'Mengerti',
};
