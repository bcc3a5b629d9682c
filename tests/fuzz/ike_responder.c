/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The IKE responder of a server, with keys that are always the same: main and aggressive mode, quick mode, informational messages,
 * pieces, of up to four peers. */
#include "fuzz/peer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    peer_play(false, data, size);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    return structure_mutate(&peer_grammar, data, size, max_size, seed);
}
