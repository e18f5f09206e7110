"""The files of a model on the small hub."""

REPO = "lab/tiny-8b"
FILES = {
    "README.md": b"# tiny",
    "config.json": b'{"model_type": "tiny"}',
    "tokenizer.json": b"{}" * 1000,
    "tokenizer.model": b"spm" * 1000,
    "chat_template.jinja": b"{{ messages }}",
    "merges.txt": b"a b\n",
    "model-00001-of-00002.safetensors": bytes(range(256)) * 1200,
    "model-00002-of-00002.safetensors": bytes(range(255, -1, -1)) * 1000,
    "model.safetensors.index.json": b'{"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}',
    "modeling_tiny.py": b"raise SystemExit('remote code ran')",
    "pytorch_model.bin": b"pickle",
    "original/model.safetensors": b"the same weights once more",
}
TAKEN = {
    name: content
    for name, content in FILES.items()
    if name not in ("README.md", "modeling_tiny.py", "pytorch_model.bin", "original/model.safetensors")
}
FIRST, SECOND = (
    "model-00001-of-00002.safetensors",
    "model-00002-of-00002.safetensors",
)  # SECOND is smaller: it comes first
