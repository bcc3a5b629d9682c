/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Plays each scene once as it is and counts what could fail, then again for each of these: it fails once, from then on, or every so many. With
 * L2TPSEC_LONG=1 in the environment for each single one, with a greater number for so many of a kind; else, where there are very
 * many, for some of them evenly, others with another L2TPSEC_SEED. L2TPSEC_SCENE and L2TPSEC_FAULT play one of them again, as the
 * failure said it. */
#ifndef TESTS_FAULTS_INJECT_H
#define TESTS_FAULTS_INJECT_H

#include "faults/stage.h"

#define FAULTS_SCENES 24

/* A library that takes memory by calloc asks here: true, and it gets none. calloc.c does that. */
bool faults_calloc(void);

/* A test of each; says how many faults were injected. For main to return. */
int faults_run(const char *name, const struct scene *scenes, size_t n);

#endif
