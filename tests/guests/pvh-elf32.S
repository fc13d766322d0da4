/* The same, as an ELF32 file. */
#include "protected-mode.S"
