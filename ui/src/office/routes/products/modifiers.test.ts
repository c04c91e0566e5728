import { expect, test } from 'vitest';
import { draftChoice, draftGroup, type Group, groupsOf, parseChange } from './modifiers';

const sugar: Group = {
  id: 'sugar',
  name: 'Sugar',
  min: 1,
  max: 1,
  modifiers: [
    { id: 'less', name: 'Less', price: -500, components: [{ variant_id: 'var_1', quantity: '0.01' }] },
    { id: 'full', name: 'Full', price: 0, components: [] },
  ],
};
const newId = (): string => 'new';

test('what is shown and saved again is the same, with what the screen does not show', () => {
  expect(groupsOf([draftGroup(sugar, 0)], 0, newId)).toEqual([sugar]);
  expect(groupsOf([draftGroup(sugar, 2)], 2, newId)).toEqual([sugar]);
});

test('a new choice gets an id of its own, and one that was there keeps its', () => {
  const draft = draftGroup(sugar, 0);
  draft.choices.push({ ...draftChoice(undefined, 0), name: ' Palm sugar ', price: '2.000' });
  expect(groupsOf([draft], 0, newId)?.[0]?.modifiers.map(({ id, name, price }) => [id, name, price])).toEqual([
    ['less', 'Less', -500],
    ['full', 'Full', 0],
    ['new', 'Palm sugar', 2000],
  ]);
});

test.each([{ name: ' ' }, { min: '2' }, { max: '0' }, { max: 'some' }, { choices: [] }])(
  '%j is not right yet',
  (wrong) => {
    expect(groupsOf([{ ...draftGroup(sugar, 0), ...wrong }], 0, newId)).toBeNull();
  },
);

test('a choice makes it dearer or cheaper', () => {
  expect(['2.000', '-500', '+1', '0', '-0', '', 'free'].map((text) => parseChange(text, 0))).toEqual([
    2000,
    -500,
    1,
    0,
    0,
    null,
    null,
  ]);
});
