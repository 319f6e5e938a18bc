import sharp from 'sharp'

/** Twice the size of the drawing, for screens with small pixels; in 256 colours, of which no chart has more. */
export async function renderPng(svg: string): Promise<Uint8Array> {
  return sharp(Buffer.from(svg), { density: 144 }).png({ palette: true }).toBuffer()
}
