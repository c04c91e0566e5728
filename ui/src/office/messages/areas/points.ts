/** A customer's loyalty points. */
export const en = {
  title: 'Points',
  balance: (points: string) => `${points} points`,
  none: 'No points yet',
  adjust: 'Give or take points',
  give: 'Give',
  take: 'Take',
  points: 'Points',
  noPoints: 'A whole number above 0.',
  types: {
    earned: 'Earned',
    redeemed: 'Paid with',
    taken_back: 'Taken back',
    given_back: 'Given back',
    adjusted: 'Adjusted',
  },
  birthday: 'Birthday',
};
export const id: typeof en = {
  title: 'Poin',
  balance: (points) => `${points} poin`,
  none: 'Belum ada poin',
  adjust: 'Beri atau ambil poin',
  give: 'Beri',
  take: 'Ambil',
  points: 'Poin',
  noPoints: 'Bilangan bulat di atas 0.',
  types: {
    earned: 'Didapat',
    redeemed: 'Dipakai membayar',
    taken_back: 'Ditarik kembali',
    given_back: 'Dikembalikan',
    adjusted: 'Disesuaikan',
  },
  birthday: 'Tanggal lahir',
};
