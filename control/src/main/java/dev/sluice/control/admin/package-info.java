/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
/** The part of the admin API that shows resources. */
@NullMarked
package dev.sluice.control.admin;

import org.jspecify.annotations.NullMarked;
