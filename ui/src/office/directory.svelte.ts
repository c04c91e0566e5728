/** The names behind ids: locations, registers, staff, taxes and categories. Few of each, read once and kept. */
import { ask, type Category, type Location, type Register, type StaffMember, type Tax } from '../api';
import { all } from './listing.svelte';
import { t } from './messages';
import { office } from './office.svelte';

class Directory {
  locations = $state.raw<Location[]>([]);
  registers = $state.raw<Register[]>([]);
  staff = $state.raw<StaffMember[]>([]);
  taxes = $state.raw<Tax[]>([]);
  categories = $state.raw<Category[]>([]);
  readonly #names = $derived(
    new Map(
      [...this.locations, ...this.registers, ...this.staff, ...this.taxes, ...this.categories].map(({ id, name }) => [
        id,
        name,
      ]),
    ),
  );

  /** Read what one may see of it. What fails is not named, which stops nobody: ids are shown in its place. */
  async read(): Promise<void> {
    const { api } = office;
    await Promise.allSettled([
      this.readLocations(),
      this.readCategories(),
      this.readTaxes(),
      all((query) => ask(api.GET('/v1/staff', { params: { query } }))).then((found) => (this.staff = found)),
    ]);
  }

  async readLocations(): Promise<void> {
    const { api } = office;
    [this.locations, this.registers] = await Promise.all([
      all((query) => ask(api.GET('/v1/locations', { params: { query } }))),
      all((query) => ask(api.GET('/v1/registers', { params: { query } }))),
    ]);
  }

  async readCategories(): Promise<void> {
    this.categories = await all((query) => ask(office.api.GET('/v1/categories', { params: { query } })));
  }

  async readTaxes(): Promise<void> {
    this.taxes = (await ask(office.api.GET('/v1/taxes'))).items;
  }

  /** What an id is called; who did something may be an API key, which only has its id. */
  name(id: string | null | undefined): string {
    if (!id) return '–';
    return this.#names.get(id) ?? (id.startsWith('key_') ? t().anApiKey : id);
  }

  timeZone(locationId: string | null | undefined): string {
    const found = this.locations.find(({ id }) => id === locationId);
    return found?.time_zone ?? office.merchant?.time_zone ?? 'UTC';
  }
}

export const directory = new Directory();
