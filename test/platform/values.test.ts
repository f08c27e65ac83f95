import { expect, test } from 'vitest'
import { idOf, isId, newId, prefixOf, uuidOf } from '../../platform/ids.ts'
import { parseInstant } from '../../platform/instant.ts'
import { formatAmount, parseAmount } from '../../platform/money.ts'

test('an id carries its type, and is the UUID that the database stores', () => {
  expect(idOf('todo', '01890a5d-ac96-774b-bcce-b302099a8057')).toBe('todo_01h455vb4pex5vsknk084sn02q')
  expect(uuidOf('todo_01h455vb4pex5vsknk084sn02q')).toBe('01890a5d-ac96-774b-bcce-b302099a8057')
  const id = newId('todo')
  expect(isId('todo', id)).toBe(true)
  expect(idOf('todo', uuidOf(id))).toBe(id)
  expect(isId('user', id)).toBe(false)
  expect(prefixOf(id)).toBe('todo')
  for (const suffix of ['00000000000000000000000001', '7zzzzzzzzzzzzzzzzzzzzzzzzz'])
    expect(idOf('todo', uuidOf(`todo_${suffix}`))).toBe(`todo_${suffix}`)
})

test.each([
  '',
  'todo',
  'todo_',
  'todo_81h455vb4pex5vsknk084sn02q',
  'todo_01h455vb4pex5vsknk084sn02u',
  'todo_01H455VB4PEX5VSKNK084SN02Q',
  'todo_01h455vb4pex5vsknk084sn02q0',
])('%j is no id', (text) => {
  expect(isId('todo', text)).toBe(false)
})

test('amounts keep every digit, whatever their size', () => {
  expect(formatAmount({ minorUnits: 1990n, currencyCode: 'EUR' })).toBe('19.90')
  expect(formatAmount({ minorUnits: 5n, currencyCode: 'EUR' })).toBe('0.05')
  expect(formatAmount({ minorUnits: -5n, currencyCode: 'EUR' })).toBe('-0.05')
  expect(formatAmount({ minorUnits: 9007199254740993n, currencyCode: 'ILS' })).toBe('90071992547409.93')
  for (const amount of ['0.00', '19.90', '-3.07', '90071992547409.93'])
    expect(formatAmount({ minorUnits: parseAmount(amount, 'USD') ?? 0n, currencyCode: 'USD' })).toBe(amount)
})

test('an amount with more digits than its currency is refused, or rounded to a bound', () => {
  expect(parseAmount('1.005', 'EUR')).toBeNull()
  expect(parseAmount('1.500', 'EUR')).toBe(150n)
  expect([parseAmount('1.005', 'EUR', 'up'), parseAmount('1.005', 'EUR', 'down')]).toEqual([101n, 100n])
  expect([parseAmount('-1.005', 'EUR', 'up'), parseAmount('-1.005', 'EUR', 'down')]).toEqual([-100n, -101n])
})

test.each([
  ['2026-11-20T09:30:00Z', '2026-11-20T09:30:00.000Z'],
  ['2026-11-20t09:30:00.123456z', '2026-11-20T09:30:00.123Z'],
  ['2026-11-20T09:30:00+02:00', '2026-11-20T07:30:00.000Z'],
  ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
])('the instant %s is %s', (text, expected) => {
  expect(parseInstant(text)?.toISOString()).toBe(expected)
})

test.each([
  '',
  '2026-11-20',
  '2026-11-20T09:30:00',
  '2026-11-20 09:30:00Z',
  '2025-02-29T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-00-01T00:00:00Z',
  '2026-01-00T00:00:00Z',
  '2026-01-01T24:00:00Z',
  '0001-01-01T00:00:00+01:00',
  '9999-12-31T23:59:59-00:01',
])('%j is no instant', (text) => {
  expect(parseInstant(text)).toBeNull()
})
