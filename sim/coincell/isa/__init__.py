"""What each instruction means: bit pattern and semantics, written once.

A semantic function takes `o`, an evaluation of the operations in `isa.ops`, and the fields of its encoding.
Over Python integers it interprets; over LLVM values it compiles; over register sets it tells what it uses.
"""

from coincell.isa.encoding import DecodedInstruction, Decoder, UndefinedInstruction

__all__ = ["DecodedInstruction", "Decoder", "UndefinedInstruction", "instruction_set"]


def instruction_set(features: frozenset[str]) -> Decoder:
    """The decoder of a core with these `features` (see `isa.encoding.FEATURES`)."""
    from coincell.isa import (  # noqa: F401 - importing a group declares its instructions
        armv8m,
        bit_fields,
        branches,
        data_processing_narrow,
        data_processing_wide,
        dsp,
        dsp_multiply,
        floating_point,
        floating_point_conversion,
        floating_point_moves,
        load_store,
        load_store_multiple,
        load_store_wide,
        multiply,
        parallel,
        system,
    )

    return Decoder(features)
