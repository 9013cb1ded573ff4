"""torch's tensors in the codec: by way of numpy's arrays, on the processor, without their history."""
from __future__ import annotations

import sys

from .codec import CodecError

__all__ = ["learn"]


def learn(register, classes: dict[str, type]) -> None:
    """Teach the codec torch's tensors, sizes, devices and dtypes."""
    torch, np = sys.modules["torch"], sys.modules["numpy"]
    kinds = {str(t).removeprefix("torch."): t for t in (
        torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.int8, torch.int16, torch.int32, torch.int64,
        torch.uint8, torch.bool, torch.complex64, torch.complex128)}

    def put(value, e) -> list:
        plain = value.detach().cpu()
        if plain.layout is not torch.strided or plain.is_quantized:
            raise CodecError("a tensor whose layout does not cross")
        wide = plain.float() if plain.dtype is torch.bfloat16 else plain
        return [str(plain.dtype).removeprefix("torch."), bool(value.requires_grad), e.tree(wide.resolve_conj().numpy())]

    def get(parts, d):
        name, grad, tree = d.shape(parts, str, bool, object)
        array = d.value(tree)
        if name not in kinds or type(array) is not np.ndarray or array.dtype.kind not in "biufc":
            raise CodecError("not a tensor")
        made = torch.from_numpy(array.copy()).to(kinds[name])
        return made.requires_grad_() if grad and (made.is_floating_point() or made.is_complex()) else made

    register("tensor", (torch.Tensor, torch.nn.Parameter), put, get)
    register("size", torch.Size, lambda v, e: [e.items(v)], lambda p, d: torch.Size(int(n) for n in d.items(p[0])))
    register("torchdtype", torch.dtype, lambda v, e: [str(v).removeprefix("torch.")], lambda p, d: kinds[p[0]])
    register("device", torch.device, lambda v, e: [v.type], lambda p, d: torch.device("cpu"))
