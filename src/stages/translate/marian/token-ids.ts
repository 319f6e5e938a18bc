/** Ids that are the same in every vocabulary of a Marian student. There is no id for a start or for padding. */
export const endId = 0
export const unknownId = 1
