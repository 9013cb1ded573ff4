"""What is pinned so that the same cells give the same values: threads, hash seed, zone, and the kernels of BLAS and torch.

Numbers of BLAS and torch still depend on the processor where these pins do not reach: it is recorded beside them, and the
identity of a re-run never covers floats.
"""
from __future__ import annotations

__all__ = ["HASH_SEED", "pins"]

HASH_SEED = "0"  # shared by choice: everyone has the same order of sets
_THREADS = tuple(f"{n}_NUM_THREADS" for n in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")) + ("VECLIB_MAXIMUM_THREADS",)


def pins(cpuinfo: str | None = None) -> dict[str, str]:
    """Environment variables. ``cpuinfo``: the text of /proc/cpuinfo, for tests."""
    if cpuinfo is None:
        with open("/proc/cpuinfo") as file:
            cpuinfo = file.read(1 << 16)
    found = dict.fromkeys(_THREADS, "1") | {"ATEN_CPU_CAPABILITY": "default", "TZ": "UTC", "LANG": "C.UTF-8"}
    if " avx2 " in cpuinfo:  # the same kernels on every machine that has them
        found["OPENBLAS_CORETYPE"] = "Haswell"
    return found
