/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A server, and a peer which says what it likes: what a real one would, changed, repeated, lost, at odd times. */
#include "fuzz/duel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    duel_play(true, data, size);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    return structure_mutate(&duel_grammar, data, size, max_size, seed);
}
