"""Guest code as LLVM IR text: what one region of it becomes."""
