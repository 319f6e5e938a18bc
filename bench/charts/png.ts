import sharp from 'sharp'

/** Twice the size of the drawing, for screens with small pixels. */
export async function renderPng(svg: string): Promise<Uint8Array> {
  return sharp(Buffer.from(svg), { density: 144 }).png().toBuffer()
}
