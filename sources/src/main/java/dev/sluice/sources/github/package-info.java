/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/** GitHubSource: the webhooks of GitHub. */
@NullMarked
package dev.sluice.sources.github;

import org.jspecify.annotations.NullMarked;
