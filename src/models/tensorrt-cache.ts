import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

/**
 * TensorRT takes minutes to build an engine for a GPU: it keeps them below the models folder and computes in 16 bit.
 * ONNX Runtime's Node binding hands on no options of the provider, which then reads these variables. A worker's
 * variables are a copy that the library does not see, so the main thread calls this before it starts one.
 */
export function keepTensorRtEngines(modelsDir: string): void {
  const dir = join(modelsDir, '.tensorrt')
  mkdirSync(dir, { recursive: true })
  process.env['ORT_TENSORRT_ENGINE_CACHE_ENABLE'] = '1'
  process.env['ORT_TENSORRT_CACHE_PATH'] = dir
  process.env['ORT_TENSORRT_FP16_ENABLE'] = '1'
}
