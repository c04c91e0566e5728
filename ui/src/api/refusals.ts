/**
 * What the API's refusals say to who uses the applications, by their code. Those that are not here have the API's own
 * sentence.
 */
import type { Language } from '../shared/i18n.svelte';

interface Text {
  /** Left out where the API's sentence says it as well, or better. */
  en?: string;
  id: string;
  /** Whether the API's sentence names what no code does (a product, how many are left): then it stands behind. */
  more?: true;
}

export const REFUSALS: Readonly<Record<string, Text>> = {
  // who asks, and how often
  'auth.invalid_key': {
    en: 'Your sign-in does not hold any more. Sign in again.',
    id: 'Sesi Anda sudah berakhir. Masuk lagi.',
  },
  'auth.forbidden': { en: 'Your role does not allow this.', id: 'Peran Anda tidak mengizinkan ini.' },
  'request.invalid': { more: true, id: 'Ada isian yang belum benar.' },
  'request.conflict': {
    en: 'Somebody else changed it at this moment. Try again.',
    id: 'Orang lain mengubahnya pada saat yang sama. Coba lagi.',
  },
  'request.busy': { id: 'Data toko sedang sangat sibuk. Tidak ada yang berubah; coba lagi.' },
  'request.outcome_unknown': {
    en: 'It is not known whether this was done. Try again: it happens once.',
    id: 'Belum diketahui apakah ini sudah terjadi. Coba lagi: hanya akan terjadi sekali.',
  },
  'request.too_many': { en: 'Too many requests. Wait a moment.', id: 'Terlalu banyak permintaan. Tunggu sebentar.' },
  'request.too_large': { en: 'This is too much at once.', id: 'Ini terlalu banyak sekaligus.' },
  'idempotency.mismatch': {
    en: 'This was sent before with other content. Look whether it is there already.',
    id: 'Ini pernah dikirim dengan isi lain. Periksa apakah sudah tercatat.',
  },

  // signing in and approving
  'session.wrong_pin': { id: 'PIN ini salah.' },
  'session.locked': { en: 'Too many wrong PINs. Wait a little.', id: 'Terlalu sering salah PIN. Tunggu sebentar.' },
  'session.not_allowed': { id: 'Orang ini tidak masuk di sini.' },
  'approval.not_allowed': { en: 'This person may not do that either.', id: 'Orang ini juga tidak berwenang.' },
  'approval.required': { en: 'This needs the approval of a manager.', id: 'Ini perlu persetujuan manajer.' },
  'approval.no_register': { id: 'Persetujuan hanya untuk yang masuk di kasir.' },
  'pairing.refused': { id: 'Kode ini tidak berlaku, atau tidak lagi.' },

  // selling
  'stock.insufficient': { more: true, id: 'Stok tidak cukup.' },
  'product.not_active': { more: true, id: 'Produk ini sedang tidak dijual.' },
  'variant.unknown': {
    en: 'A product of it is not sold any more.',
    id: 'Ada produk yang tidak dijual lagi.',
  },
  'modifier.unknown': { en: 'A choice of it is gone.', id: 'Ada pilihan yang sudah dihapus.' },
  'modifier.count_invalid': { more: true, id: 'Jumlah pilihan tidak sesuai.' },
  'tax.unknown': { en: 'A tax of it is gone.', id: 'Ada pajak yang sudah dihapus.' },
  'customer.unknown': { en: 'This customer is gone.', id: 'Pelanggan ini sudah dihapus.' },
  'location.unknown': { en: 'This location is gone.', id: 'Lokasi ini sudah tidak ada.' },
  'barcode.check_digit': { id: 'Angka periksa barcode salah. Pindai lagi.' },
  'barcode.empty': { id: 'Barcode ini berisi 0.' },
  'order.quantity_invalid': { id: 'Jumlah harus di atas 0, dengan paling banyak 3 desimal.' },
  'order.quantity_not_whole': { more: true, id: 'Ini dijual dalam satuan utuh.' },
  'order.discount_invalid': { more: true, id: 'Diskon ini tidak benar.' },
  'order.discount_too_large': {
    en: 'A discount takes off more than there is to take it from.',
    id: 'Diskon lebih besar daripada harganya.',
  },
  'order.price_negative': { id: 'Harga dengan pilihannya di bawah 0.' },
  'order.amount_too_large': { en: 'This comes to too much money.', id: 'Jumlah uang ini terlalu besar.' },
  'order.too_many_lines': { id: 'Pesanan punya terlalu banyak baris.' },
  'order.not_open': {
    en: 'The order is completed or cancelled: what it sold stays as it is.',
    id: 'Pesanan sudah selesai atau batal: isinya tetap.',
  },
  'order.illegal_transition': { more: true, id: 'Pesanan ini tidak bisa diubah begitu.' },
  'order.last_line': { id: 'Pesanan punya paling sedikit satu baris; batalkan saja.' },
  'order.nothing_left': { id: 'Harus ada yang tersisa di pesanan.' },
  'order.merge_mismatch': { more: true, id: 'Kedua pesanan ini tidak bisa digabung.' },
  'order.overpaid': {
    en: 'More is paid already than the order would cost. Refund first.',
    id: 'Yang sudah dibayar lebih besar daripada harganya. Kembalikan uangnya dulu.',
  },
  'order.occurred_at_invalid': {
    en: 'The time of this sale is too long ago, or in the future. Look at this device’s clock.',
    id: 'Waktu penjualan ini terlalu lama, atau di masa depan. Periksa jam perangkat.',
  },
  'order.number_taken': { id: 'Nomor struk ini sudah dipakai penjualan lain.' },
  'register.elsewhere': { en: 'This register is at another location.', id: 'Kasir ini ada di lokasi lain.' },

  // paying and giving back
  'order.not_payable': { id: 'Pesanan batal: tidak bisa dibayar.' },
  'payment.overpaid': { en: 'This is more than is still to pay.', id: 'Ini lebih dari yang masih harus dibayar.' },
  'payment.tendered_invalid': { en: 'That is less than is to pay.', id: 'Uangnya kurang.' },
  'payment.amount_invalid': { en: 'This is no amount that can be paid.', id: 'Jumlah ini tidak bisa dibayar.' },
  'payment.pending': {
    en: 'A payment is still on its way: check it first.',
    id: 'Ada pembayaran yang masih diproses: periksa dulu.',
  },
  'payment.not_voidable': { more: true, id: 'Pembayaran ini tidak bisa ditarik.' },
  'payment.not_capturable': { more: true, id: 'Pembayaran ini tidak bisa diselesaikan.' },
  'qris.not_set_up': { en: 'The shop’s QRIS code is not set up yet.', id: 'Kode QRIS toko belum diatur.' },
  'qris.payload_invalid': { more: true, id: 'Ini bukan teks kode QRIS.' },
  'qris.currency': { id: 'QRIS hanya untuk rupiah.' },
  'points.insufficient': { more: true, id: 'Poin pelanggan tidak cukup.' },
  'points.unavailable': { id: 'Poin hanya untuk pesanan dengan pelanggan, selama program poin menyala.' },
  'points.not_whole': { en: 'Only whole points can be used.', id: 'Hanya poin utuh yang bisa dipakai.' },
  'points.too_few': { more: true, id: 'Poinnya terlalu sedikit untuk dipakai.' },
  'order.points_redeemed': { id: 'Pesanan ini dibayar dengan poin: tarik pembayaran itu dulu.' },
  'voucher.unknown': { id: 'Tidak ada voucher dengan kode ini.' },
  'voucher.expired': { en: 'This voucher is expired.', id: 'Voucher ini sudah kedaluwarsa.' },
  'voucher.insufficient': { en: 'Not that much is left on the voucher.', id: 'Sisa voucher tidak cukup.' },
  'voucher.currency': { id: 'Voucher ini dalam mata uang lain.' },
  'voucher.too_many': { id: 'Terlalu banyak voucher untuk satu pesanan.' },
  'voucher.code_taken': { id: 'Kode voucher ini sudah ada.' },
  'voucher.expires_at_invalid': { id: 'Voucher harus kedaluwarsa di masa depan.' },
  'refund.exceeds_paid': { en: 'That is more than is left of what was paid.', id: 'Itu melebihi sisa yang dibayar.' },
  'refund.quantity_exceeded': { more: true, id: 'Tidak sebanyak itu yang bisa dikembalikan.' },
  'refund.tenders_mismatch': {
    en: 'The ways of giving back do not add up to what goes back.',
    id: 'Rincian pengembalian tidak sama dengan jumlahnya.',
  },
  'order.not_refundable': { more: true, id: 'Pesanan ini tidak bisa dikembalikan begitu.' },
  'order.refund_first': { id: 'Sebagian uang sudah dikembalikan: kembalikan sisanya juga.' },
  'exchange.same_variant': {
    id: 'Barang yang sama kembali ke stok dan dijual: keluarkan dari keduanya, atau jangan kembalikan ke stok.',
  },
  'exchange.too_large': { id: 'Penukaran ini terlalu besar: kembalikan uang, lalu jual lagi.' },

  // shifts and receipts
  'shift.not_open': {
    en: 'No shift is open at this register. Open one.',
    id: 'Belum ada sif terbuka di kasir ini. Buka dulu.',
  },
  'shift.already_open': {
    en: 'A shift is open at this register. Close it first.',
    id: 'Sif di kasir ini masih terbuka. Tutup dulu.',
  },
  'shift.cash_insufficient': { id: 'Yang keluar melebihi uang di laci. Catat dulu uang yang masuk.' },
  'receipt.email_off': { id: 'Sistem ini tidak punya alamat untuk mengirim struk.' },
  'receipt.email_unavailable': { id: 'E-mail sedang tidak bisa dikirim; coba lagi.' },
  'receipt.email_refused': {
    en: 'The mail was refused. Look at the address.',
    id: 'E-mail ditolak. Periksa alamatnya.',
  },

  // products and stock
  'category.unknown': { en: 'This category is gone.', id: 'Kategori ini sudah dihapus.' },
  'category.cycle': {
    en: 'A category cannot be part of one that is part of it.',
    id: 'Kategori tidak bisa berada di dalam bagiannya sendiri.',
  },
  'category.too_deep': { id: 'Kategori bertingkat terlalu dalam.' },
  'category.not_empty': { id: 'Kategori ini masih berisi.' },
  'product.period_invalid': { id: 'Akhirnya sebelum awalnya.' },
  'product.too_many_changes': { id: 'Terlalu banyak varian berubah sekaligus: ubah sebagian dulu.' },
  'variant.not_tracked': { more: true, id: 'Stok produk ini tidak dihitung.' },
  'variant.repeated': { en: 'The same product is in it twice.', id: 'Produk yang sama ada dua kali.' },
  'variant.not_on_count': {
    en: 'This product is not on this count.',
    id: 'Produk ini tidak termasuk penghitungan ini.',
  },
  'adjustment.no_change': { id: 'Selisih 0 tidak mengubah apa pun.' },
  'count.empty': { id: 'Tidak ada yang perlu dihitung.' },
  'count.not_open': { id: 'Penghitungan ini sudah selesai.' },
  'count.too_many': { id: 'Terlalu banyak untuk satu penghitungan: hitung sebagian-sebagian.' },
  'transfer.same_location': { id: 'Transfer harus ke lokasi lain.' },
  'transfer.not_in_transit': { id: 'Transfer ini sudah selesai.' },
  'promotion.period_invalid': { id: 'Akhirnya sebelum awalnya.' },
  'promotion.hours_invalid': { more: true, id: 'Jamnya tidak benar.' },
  'promotion.too_many': { id: 'Terlalu banyak promosi.' },

  // people and the shop
  'customer.anonymous': { id: 'Pelanggan perlu nama, telepon, atau e-mail.' },
  'customer.phone_invalid': { more: true, id: 'Nomor telepon ini tidak benar.' },
  'customer.birthday_invalid': { id: 'Tanggal lahir ini di masa depan.' },
  'customer.erased': { id: 'Pelanggan ini sudah dihapus datanya.' },
  'role.in_use': { id: 'Masih ada staf dengan peran ini; beri mereka peran lain dulu.' },
  'role.unknown': { en: 'This role is gone.', id: 'Peran ini sudah dihapus.' },
  'role.beyond_caller': {
    en: 'A role may do no more than who gives it.',
    id: 'Peran tidak boleh lebih berwenang daripada yang memberinya.',
  },
  'staff_member.beyond_caller': { id: 'Orang ini lebih berwenang daripada Anda.' },
  'register.code_taken': { id: 'Kode ini sudah dipakai kasir lain.' },
  'api_key.beyond_caller': {
    en: 'A key may do no more than who makes it.',
    id: 'Kunci tidak boleh lebih berwenang daripada yang membuatnya.',
  },
  'api_key.own': { id: 'Kunci tidak bisa mencabut dirinya; ganti rahasianya, atau pakai kunci lain.' },

  // reports and files
  'report.range_invalid': { en: 'It begins after it ends.', id: 'Awalnya setelah akhirnya.' },
  'report.range_too_long': { more: true, id: 'Rentang waktunya terlalu panjang.' },
  'report.currency_mixed': {
    en: 'Sales in several currencies cannot be added up. Choose days with one.',
    id: 'Penjualan dalam beberapa mata uang tidak bisa dijumlahkan. Pilih hari dengan satu mata uang.',
  },
  'report.too_many_jobs': { id: 'Terlalu banyak pekerjaan sekaligus: tunggu sampai ada yang selesai.' },
  'export.too_many': { id: 'Terlalu banyak ekspor sekaligus: tunggu sampai ada yang selesai.' },
  'export.too_many_rows': { id: 'Ini lebih dari muatan Excel: pilih CSV, atau hari lebih sedikit.' },

  // files that come in
  'import.content_invalid': { en: 'This file is empty, or too large.', id: 'Berkas ini kosong, atau terlalu besar.' },
  'import.too_many': { id: 'Terlalu banyak impor sekaligus: tunggu sampai ada yang selesai.' },
  'import.not_open': {
    en: 'This import is at work or over: begin another one.',
    id: 'Impor ini sedang bekerja atau sudah selesai: mulai yang lain.',
  },
  'import.not_ready': { en: 'There is nothing to apply yet.', id: 'Belum ada yang bisa diterapkan.' },
  'import.not_done': { en: 'There is nothing to take back.', id: 'Tidak ada yang bisa ditarik kembali.' },
  'import.over': { id: 'Impor ini sudah lewat: yang dilakukannya tidak lagi diketahui.' },
  'import.left_alone': { more: true, id: 'Dibiarkan.' },
  'import.changed_since': {
    en: 'This was changed after the preview, and left alone.',
    id: 'Ini diubah setelah pratinjau, maka dibiarkan.',
  },
  'import.empty': { id: 'Berkas ini kosong.' },
  'import.too_large': { more: true, id: 'Berkas ini terlalu besar.' },
  'import.too_many_columns': { more: true, id: 'Kolomnya terlalu banyak.' },
  'import.too_many_rows': { more: true, id: 'Barisnya terlalu banyak: impor sebagian-sebagian.' },
  'import.encoding_unknown': { more: true, id: 'Huruf di berkas ini tidak terbaca.' },
  'import.not_a_table': { id: 'Ini bukan CSV dan bukan buku kerja.' },
  'import.not_a_workbook': { more: true, id: 'Buku kerja ini tidak terbaca: buka, lalu simpan lagi sebagai .xlsx.' },
  'import.cell_too_long': { more: true, id: 'Ada sel yang terlalu panjang.' },
  'import.malformed': { more: true, id: 'Ini bukan CSV yang benar.' },
  'import.header_missing': { more: true, id: 'Baris itu tidak berisi judul.' },
  'import.file_missing': { en: 'The file did not arrive: begin anew.', id: 'Berkasnya tidak sampai: mulai lagi.' },
  'row.repeated': { more: true, id: 'Sama dengan baris lain.' },
  'location.missing': { id: 'Baris ini tidak menyebut lokasi, dan tidak ada yang dipilih.' },
  'count.missing': { id: 'Baris ini tidak punya jumlah.' },
  'price.missing': { id: 'Baris ini tidak punya harga.' },
  'cell.too_long': { more: true, id: 'Isi sel ini terlalu panjang.' },
  'cell.broken_formula': { more: true, id: 'Rumus di sel ini salah.' },
  'cell.digits_lost': { more: true, id: 'Lembar kerja memotong kode ini. Jadikan kolomnya teks, lalu isi lagi.' },
  'cell.not_a_number': { more: true, id: 'Ini seharusnya angka.' },
  'cell.ambiguous_number': { more: true, id: 'Angka ini bisa berarti dua hal: tulis tanpa pemisah.' },
  'cell.too_many_decimals': { more: true, id: 'Desimalnya terlalu banyak.' },
  'cell.out_of_range': { more: true, id: 'Angka ini terlalu kecil atau terlalu besar.' },
  'cell.not_yes_or_no': { more: true, id: 'Ini seharusnya ya atau tidak.' },
  'cell.not_a_day': { more: true, id: 'Ini seharusnya tanggal seperti 1990-02-28.' },
  'cell.other_currency': { more: true, id: 'Jumlah ini dalam mata uang lain.' },
  'product.nameless': { id: 'Produk baru perlu nama.' },

  // other applications
  'endpoint.url_invalid': { more: true, id: 'Alamat ini tidak bisa dipakai.' },
  'endpoint.not_enabled': { en: 'Nothing is sent there: switch it on first.', id: 'Alamat ini mati: nyalakan dulu.' },
  'connector.url_invalid': { more: true, id: 'Alamat ini tidak bisa dipakai.' },
  'connector.off': { id: 'Penghubung ini mati: nyalakan dulu.' },
  'conflict.not_open': { id: 'Konflik ini sudah diputuskan.' },
  'conflict.outdated': { id: 'Ini sudah tidak ada: pertahankan milik kita, atau sinkronkan lagi.' },
  'shop.unauthorized': {
    en: 'The shop does not take the key any more. Give the connector a new one.',
    id: 'Toko itu tidak lagi menerima kuncinya. Beri penghubung kunci baru.',
  },
  'shop.timeout': { id: 'Toko itu tidak menjawab pada waktunya.' },
  'shop.name_not_found': { id: 'Alamat toko itu tidak ditemukan.' },
  'shop.address_not_public': { id: 'Alamat toko itu bukan alamat umum.' },
  'shop.connection_refused': { id: 'Toko itu tidak menerima sambungan.' },
  'shop.connection_lost': { id: 'Sambungan ke toko itu terputus.' },
  'shop.tls': { id: 'Sertifikat toko itu tidak berlaku.' },
  'shop.unreachable': { more: true, id: 'Toko itu tidak bisa dihubungi.' },
  'shop.busy': { en: 'The shop asks Kasir to wait.', id: 'Toko itu meminta Kasir menunggu.' },
  'shop.broken': { more: true, id: 'Toko itu sendiri sedang bermasalah.' },
  'shop.refused': { more: true, id: 'Toko itu menolaknya.' },
  'shop.not_found': { more: true, id: 'Itu tidak ada di sana.' },
  'variant.priceless': { more: true, id: 'Tidak ada harga di sana.' },
  'order.other_currency': { more: true, id: 'Pesanan itu dalam mata uang lain.' },
  'order.refunded_there': { more: true, id: 'Uangnya dikembalikan di sana: kembalikan di sini juga.' },
  'message.unmapped': { id: 'Tidak ada pemetaan untuk pesan ini.' },
  'message.invalid': { more: true, id: 'Pesan ini tidak cocok dengan pemetaannya.' },
};

/** What a thing is called that is not there: "order.not_found" and its like. */
const NOT_FOUND: Text = { en: 'This is not there, or not any more.', id: 'Ini tidak ada, atau tidak lagi.' };

/** A refusal in somebody's language, as far as its code tells. */
export function textOf({ code, detail }: { code: string; detail: string }, language: Language): string {
  const text = REFUSALS[code] ?? (code.endsWith('.not_found') ? NOT_FOUND : undefined);
  if (!text) return detail;
  if (language === 'en') return text.en ?? detail;
  return text.more ? `${text.id} (${detail})` : text.id;
}
