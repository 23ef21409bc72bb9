/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** The Channel SPI: where accepted events are kept until every trigger is done with them. */
@NullMarked
package dev.sluice.api.channel;

import org.jspecify.annotations.NullMarked;
