/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources;

import static java.util.Objects.requireNonNull;

import dev.sluice.sources.listen.ListenSettings;
import dev.sluice.sources.send.SinkSettings;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How sources run in this process.
 *
 * @param listen for webhooks
 * @param sink for events
 * @param webhookUrl how the outside reaches the port for webhooks, without the path; empty if nobody said
 * @param memory the file in which adapters keep what the next process is to know; empty if nothing is to be kept
 */
public record SourcesSettings(
        ListenSettings listen, SinkSettings sink, Optional<URI> webhookUrl, Optional<Path> memory) {

    public SourcesSettings {
        requireNonNull(listen, "listen");
        requireNonNull(sink, "sink");
        requireNonNull(webhookUrl, "webhookUrl");
        requireNonNull(memory, "memory");
    }
}
