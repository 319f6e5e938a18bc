/**
 * ONNX Runtime 1.29 and newer keep a device id on the disk and send data on models and errors to their maker, unless
 * this variable says otherwise before the first session of the process. A worker's variables are a copy that the
 * library does not see, so the main thread imports this before it starts one.
 */
process.env['ORT_DISABLE_TELEMETRY'] = '1'
