/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.sources.ping;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.source.AdapterSetup;
import dev.sluice.api.source.EventDescription;
import dev.sluice.api.source.SourceAdapter;
import dev.sluice.api.source.SourceDefinition;
import dev.sluice.api.source.Webhook;
import dev.sluice.api.source.WebhookOutcome;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.v1.CloudEventBuilder;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What a PingSource asks for. */
final class PingDefinition implements SourceDefinition {

    private static final String TYPE = "dev.knative.sources.ping";

    private final URI source;
    private final CronSchedule schedule;
    private final Optional<String> contentType;
    private final byte[] data;

    /** @param data empty for none */
    PingDefinition(ResourceName name, CronSchedule schedule, Optional<String> contentType, byte[] data) {
        source = URI.create("/apis/v1/namespaces/" + name.namespace() + "/pingsources/" + name.name());
        this.schedule = schedule;
        this.contentType = contentType;
        this.data = data.clone();
    }

    CronSchedule schedule() {
        return schedule;
    }

    @Override
    public List<EventDescription> events() {
        return List.of(new EventDescription(TYPE, source.toString()));
    }

    @Override
    public boolean isSingle() {
        return true;
    }

    @Override
    public SourceAdapter adapter(AdapterSetup setup) {
        return new PingAdapter(setup.name(), this, setup.clock());
    }

    /** The next tick. It is told nothing that could be written down. */
    @Override
    public Webhook trial(AdapterSetup setup) {
        return request -> {
            if (!request.method().equals("GET") || request.body().length() > 0) {
                return new WebhookOutcome.Refuse(
                        WebhookOutcome.Kind.BAD_REQUEST,
                        "a PingSource follows the clock and takes no requests",
                        "try it without --request");
            }
            return schedule.after(request.arrival())
                    .<WebhookOutcome>map(tick -> new WebhookOutcome.Emit(event(tick)))
                    .orElseGet(() -> new WebhookOutcome.Refuse(
                            WebhookOutcome.Kind.UNPROCESSABLE,
                            "the schedule has no further tick",
                            "write another one into spec.schedule"));
        };
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PingDefinition that
                && source.equals(that.source)
                && schedule.equals(that.schedule)
                && contentType.equals(that.contentType)
                && Arrays.equals(data, that.data);
    }

    @Override
    public int hashCode() {
        return Objects.hash(source, schedule, contentType, Arrays.hashCode(data));
    }

    /** Of one tick: the same id whoever sends it, so that two that did can be told. */
    CloudEvent event(Instant tick) {
        String id = UUID.nameUUIDFromBytes((source + " " + tick).getBytes(StandardCharsets.UTF_8))
                .toString();
        CloudEventBuilder event = new CloudEventBuilder()
                .withId(id)
                .withType(TYPE)
                .withSource(source)
                .withTime(tick.atOffset(ZoneOffset.UTC));
        contentType.ifPresent(event::withDataContentType);
        if (data.length > 0) {
            event.withData(data);
        }
        return event.build();
    }
}
