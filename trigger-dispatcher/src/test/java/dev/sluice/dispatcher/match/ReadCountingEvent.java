/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.SpecVersion;
import java.net.URI;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Counts how often each attribute is read: the work of matching, in a unit that is the same on every machine. */
final class ReadCountingEvent implements CloudEvent {

    private final CloudEvent event;
    private final Map<String, Integer> reads = new TreeMap<>();

    ReadCountingEvent(CloudEvent event) {
        this.event = event;
    }

    Map<String, Integer> reads() {
        return reads;
    }

    int total() {
        return reads.values().stream().mapToInt(Integer::intValue).sum();
    }

    private void count(String name) {
        reads.merge(name, 1, Integer::sum);
    }

    @Override
    public CloudEventData getData() {
        throw new AssertionError("matching never looks at the data");
    }

    @Override
    public SpecVersion getSpecVersion() {
        count("specversion");
        return event.getSpecVersion();
    }

    @Override
    public String getId() {
        count("id");
        return event.getId();
    }

    @Override
    public String getType() {
        count("type");
        return event.getType();
    }

    @Override
    public URI getSource() {
        count("source");
        return event.getSource();
    }

    @Override
    public String getDataContentType() {
        count("datacontenttype");
        return event.getDataContentType();
    }

    @Override
    public URI getDataSchema() {
        count("dataschema");
        return event.getDataSchema();
    }

    @Override
    public String getSubject() {
        count("subject");
        return event.getSubject();
    }

    @Override
    public OffsetDateTime getTime() {
        count("time");
        return event.getTime();
    }

    @Override
    public Object getAttribute(String name) {
        count(name);
        return event.getAttribute(name);
    }

    @Override
    public Object getExtension(String name) {
        count(name);
        return event.getExtension(name);
    }

    @Override
    public Set<String> getExtensionNames() {
        return event.getExtensionNames();
    }
}
