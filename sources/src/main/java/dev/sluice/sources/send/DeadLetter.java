/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.send;

import dev.sluice.api.event.Extensions;
import io.cloudevents.CloudEvent;
import java.util.Base64;

/** The event that the dead letter sink of a source gets: the original with Knative's error attributes. */
final class DeadLetter {

    private static final String ERROR_DEST = "knativeerrordest";
    private static final String ERROR_CODE = "knativeerrorcode";
    private static final String ERROR_DATA = "knativeerrordata";

    private DeadLetter() {}

    /** @param sink that would not have it */
    static CloudEvent of(CloudEvent event, String sink, SinkFailure failure) {
        return Extensions.edit(event, extensions -> {
            // What an earlier journey through a dead letter sink left behind would tell of the wrong failure.
            extensions.remove(ERROR_CODE);
            extensions.remove(ERROR_DATA);
            extensions.put(ERROR_DEST, sink);
            if (failure.status() > 0) {
                extensions.put(ERROR_CODE, failure.status());
            }
            if (failure.body().length() > 0) {
                extensions.put(
                        ERROR_DATA,
                        Base64.getEncoder().encodeToString(failure.body().getBytes()));
            }
        });
    }
}
