/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** What is right and what is wrong with a resource, told all at once. */
@NullMarked
package dev.sluice.control.validation;

import org.jspecify.annotations.NullMarked;
