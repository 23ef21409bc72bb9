/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** What Kubernetes is told about our resources: {@code deploy/crds} is written from here. */
@NullMarked
package dev.sluice.control.crd;

import org.jspecify.annotations.NullMarked;
