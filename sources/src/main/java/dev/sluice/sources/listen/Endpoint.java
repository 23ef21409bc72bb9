/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.listen;

import static java.util.Objects.requireNonNull;

import dev.sluice.api.source.SourceName;
import dev.sluice.api.source.Webhook;
import dev.sluice.sources.send.SinkSender;

/** The webhook of one source, ready for requests. Immutable. */
public sealed interface Endpoint {

    SourceName source();

    /** One that takes requests. */
    record Open(SourceName source, Webhook webhook, SinkSender sender, RequestMeters meters) implements Endpoint {

        public Open {
            requireNonNull(source, "source");
            requireNonNull(webhook, "webhook");
            requireNonNull(sender, "sender");
            requireNonNull(meters, "meters");
        }
    }

    /** One that is there and can't take any yet. */
    record NotReady(SourceName source, String why) implements Endpoint {

        public NotReady {
            requireNonNull(source, "source");
            requireNonNull(why, "why");
        }
    }
}
