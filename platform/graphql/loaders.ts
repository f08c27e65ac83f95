import DataLoader from 'dataloader'

/** A loader for rows by key: in one request each key is asked for once, and all that are asked for together in one statement. */
export function loadByKey<Key extends string, Row>(
  load: (keys: readonly Key[]) => Promise<Row[]>,
  keyOf: (row: Row) => string,
): DataLoader<Key, Row | null> {
  return new DataLoader(async (keys) => {
    const rows = new Map((await load(keys)).map((row) => [keyOf(row), row]))
    return keys.map((key) => rows.get(key) ?? null)
  })
}

/** A loader for all rows of each key, such as the sessions of each user. */
export function loadManyByKey<Key extends string, Row>(
  load: (keys: readonly Key[]) => Promise<Row[]>,
  keyOf: (row: Row) => Key,
): DataLoader<Key, Row[]> {
  return new DataLoader(async (keys) => {
    const rows = Map.groupBy(await load(keys), keyOf)
    return keys.map((key) => rows.get(key) ?? [])
  })
}

/**
 * A loader for something of each owner that depends on parameters too, such as a page of a list: what is asked for
 * together with the same parameters is one statement.
 */
export function loadByOwner<Owner extends string, Parameters, Result>(
  load: (owners: Owner[], parameters: Parameters) => Promise<Map<Owner, Result>>,
): (owner: Owner, parameters: Parameters) => Promise<Result | null> {
  const loaders = new Map<string, DataLoader<Owner, Result | null>>()
  return (owner, parameters) => {
    const name = JSON.stringify(parameters)
    const loader =
      loaders.get(name) ??
      new DataLoader<Owner, Result | null>((owners) =>
        load([...owners], parameters).then((found) => owners.map((key) => found.get(key) ?? null)),
      )
    loaders.set(name, loader)
    return loader.load(owner)
  }
}
