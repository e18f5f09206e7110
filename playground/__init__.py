"""Watch a diffusion language model turn noise into text, beside its autoregressive twin, on one honest clock."""
