"""What export_to_onnx.py, quantize_models.py and convert_to_tensorrt.py share."""
