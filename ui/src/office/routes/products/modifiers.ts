/** Groups of choices as they are edited. Pure. */
import type { Product } from '../../../api';
import { decimalDigits, parseMoney } from '../../../shared/money';

export type Group = NonNullable<Product['modifier_groups']>[number];
type Choice = Group['modifiers'][number];

interface DraftChoice {
  at: number;
  before: Choice | undefined;
  name: string;
  price: string;
}
export interface DraftGroup {
  at: number;
  before: Group | undefined;
  name: string;
  min: string;
  max: string;
  choices: DraftChoice[];
}

let last = 0;

export function draftChoice(before: Choice | undefined, minorUnits: number): DraftChoice {
  return {
    at: ++last,
    before,
    name: before?.name ?? '',
    price: before ? decimalDigits(before.price ?? 0, minorUnits) : '0',
  };
}

export function draftGroup(before: Group | undefined, minorUnits: number): DraftGroup {
  return {
    at: ++last,
    before,
    name: before?.name ?? '',
    min: String(before?.min ?? 0),
    max: String(before?.max ?? 1),
    choices: before
      ? before.modifiers.map((one) => draftChoice(one, minorUnits))
      : [draftChoice(undefined, minorUnits)],
  };
}

/** What a choice changes the price by, which may be below zero; null if that is no amount. */
export function parseChange(text: string, minorUnits: number): number | null {
  const [, sign = '', digits = ''] = /^([+-]?)\s*(.*)$/.exec(text.trim()) ?? [];
  const amount = parseMoney(digits, minorUnits);
  return amount === null ? null : sign === '-' && amount ? -amount : amount;
}

/** The groups as the API takes them; null while something is not right. What the screen does not show stays. */
export function groupsOf(drafts: readonly DraftGroup[], minorUnits: number, newId: () => string): Group[] | null {
  const groups = drafts.map((draft) => groupOf(draft, minorUnits, newId));
  return groups.every((group) => group !== null) ? groups : null;
}

function groupOf(
  { before, name, min, max, choices }: DraftGroup,
  minorUnits: number,
  newId: () => string,
): Group | null {
  const [least, most] = [Number(min), Number(max)];
  const bounded =
    /^\d{1,2}$/.test(min.trim()) && /^\d{1,2}$/.test(max.trim()) && least <= most && most >= 1 && most <= 50;
  const modifiers = choices.map(({ before: was, name: called, price }): Choice | null => {
    const change = parseChange(price, minorUnits);
    return called.trim() && change !== null
      ? { ...(was ?? { id: newId() }), name: called.trim(), price: change }
      : null;
  });
  if (!name.trim() || !bounded || !modifiers.length || !modifiers.every((one) => one !== null)) return null;
  return { ...(before ?? { id: newId() }), name: name.trim(), min: least, max: most, modifiers };
}
