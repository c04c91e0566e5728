import type { Messages } from './en';

export const id: Messages = {
  close: 'Tutup',
  again: 'Coba lagi',
  failed: 'Tidak berhasil',
  unreachable: 'Tidak terhubung ke server.',
  loading: 'Memuat',
  leave: 'Keluar',
  register: 'Kasir',
  notFound: 'Halaman tidak ada',
  navigation: 'Back office',
  signIn: {
    title: 'Back office',
    explain: 'Masuk dengan kunci API. Kunci dilupakan saat tab ini ditutup.',
    key: 'Kunci API',
    button: 'Masuk',
    refused: 'Kunci ini tidak berlaku.',
    atRegister: 'Atau masuk dengan PIN di kasir, lalu kembali lewat pengaturannya.',
  },
  registers: {
    title: 'Kasir',
    explain: 'Perangkat menjadi kasir lewat kode. Memasangkan perangkat lain mengunci yang sebelumnya.',
    register: 'Kasir',
    location: 'Lokasi',
    code: 'Awalan struk',
    none: 'Belum ada kasir',
    pair: 'Pasangkan perangkat',
    pairOne: (name) => `Pasangkan perangkat dengan ${name}`,
    open: 'Buka ini di perangkat, atau ketik kodenya di sana:',
    until: (time) => `Berlaku sekali, sampai ${time}.`,
  },
};
