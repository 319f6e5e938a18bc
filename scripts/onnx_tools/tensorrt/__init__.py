"""TensorRT engines by way of ONNX Runtime's provider."""
