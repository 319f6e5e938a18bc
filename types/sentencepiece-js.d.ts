/** The part of sentencepiece-js that Voxbridge uses; the package has no types of its own. */
declare module 'sentencepiece-js' {
  export class SentencePieceProcessor {
    /** Reads a SentencePiece model from a path. */
    load(path: string): Promise<void>
    encodeIds(text: string): number[]
    encodePieces(text: string): string[]
    decodeIds(ids: readonly number[]): string
  }
}
