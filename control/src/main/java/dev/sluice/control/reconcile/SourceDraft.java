/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import dev.sluice.api.routing.Destination;
import dev.sluice.api.source.EventDescription;
import java.util.List;
import java.util.Optional;

/**
 * What was decided about a source, before it runs.
 *
 * @param sink resolved, though it may not run
 */
record SourceDraft(long generation, Conditions conditions, Optional<Destination> sink, List<EventDescription> events) {}
