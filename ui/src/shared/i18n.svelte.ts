/**
 * Languages. Messages are typed dictionaries, `en` being the one that the others have to match; each application has
 * its own, in its folder messages/. What has numbers in it is a function of them.
 */
export type Language = 'en' | 'id';
export const LANGUAGES: readonly { code: Language; name: string }[] = [
  { code: 'en', name: 'English' },
  { code: 'id', name: 'Bahasa Indonesia' },
];

const KEPT = 'kasir.language';

function initial(): Language {
  const kept = localStorage.getItem(KEPT);
  if (kept === 'en' || kept === 'id') return kept;
  return navigator.languages.some((tag) => tag.startsWith('id')) ? 'id' : 'en';
}

class Locale {
  language = $state<Language>(initial());
  /** The merchant's country, which decides how numbers and dates look; "" until it is known. */
  country = $state('');
  /** What Intl is told: en-ID writes English in the Indonesian way. */
  readonly tag = $derived(this.country ? `${this.language}-${this.country}` : this.language);

  choose(language: Language): void {
    this.language = language;
    localStorage.setItem(KEPT, language);
    document.documentElement.lang = language;
  }
}

export const locale = new Locale();
document.documentElement.lang = locale.language;

/** The messages of the chosen language: `const t = dictionary({ en, id })`, and then `t().sell.pay`. */
export function dictionary<Messages>(by: Record<Language, Messages>): () => Messages {
  return () => by[locale.language];
}

/** The form of a word that this count takes. Indonesian has one form for all. */
export function plural(language: Language, count: number, forms: { one: string; other: string }): string {
  return new Intl.PluralRules(language).select(count) === 'one' ? forms.one : forms.other;
}
