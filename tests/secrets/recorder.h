/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The library's own providers, each key and secret that passes to or from them put into the vault: the whole library, with
 * l2s_crypto_new replaced. */
#ifndef TESTS_SECRETS_RECORDER_H
#define TESTS_SECRETS_RECORDER_H

#include <stdint.h>

extern uint32_t recorder_engine; /* L2TPSEC_ENGINE_ value for contexts made from now on */

#endif
