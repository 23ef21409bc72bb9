/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.event.ExtensionEdit;
import dev.sluice.api.event.Extensions;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.vertx.core.MultiMap;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Headers that go on with an event (Knative Eventing's data plane). */
class PassedHeadersTest {

    private static final CloudEvent EVENT = CloudEventBuilder.v1()
            .withId("1")
            .withSource(URI.create("/me"))
            .withType("t")
            .build();

    private static CloudEvent arrived(MultiMap headers) {
        return Extensions.edit(EVENT, PassedHeaders.onArrival(headers, ExtensionEdit.NONE));
    }

    private static MultiMap restored(CloudEvent event) {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        PassedHeaders.restore(event, headers);
        return headers;
    }

    private static MultiMap headers(String... namesAndValues) {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            headers.add(namesAndValues[i], namesAndValues[i + 1]);
        }
        return headers;
    }

    @Test
    void what_traces_and_what_knative_passes_on_comes_out_as_it_went_in() {
        // Given
        MultiMap brought = headers(
                "TraceParent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "tracestate", "a=1, b=\"2&3\"",
                "baggage", "user=al%20ice;p=1",
                "X-Request-Id", "42",
                "X-B3-TraceId", "463ac35c9f6413ad48485a3953bb6124",
                "Knative-Foo", "bar \u00e9 100%");

        // When
        MultiMap out = restored(arrived(brought));

        // Then
        assertThat(out.names())
                .containsExactlyInAnyOrder(
                        "traceparent", "tracestate", "baggage", "x-request-id", "x-b3-traceid", "knative-foo");
        brought.forEach((name, value) -> assertThat(out.get(name)).as(name).isEqualTo(value));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "authorization",
                "cookie",
                "ce-id",
                "content-type",
                "traceparents",
                "x-b3",
                "x-forwarded-for",
                "kn-namespace",
                "knative",
                "host",
                "b3"
            })
    void everything_else_stays_where_it_came(String name) {
        assertThat(arrived(headers(name, "value")).getExtensionNames()).doesNotContain(PassedHeaders.EXTENSION);
    }

    @Test
    void what_a_sender_says_in_its_place_is_taken_off() {
        // Given
        CloudEvent forged = Extensions.with(EVENT, PassedHeaders.EXTENSION, "knative-a=b");

        // When
        CloudEvent arrived = Extensions.edit(forged, PassedHeaders.onArrival(headers(), ExtensionEdit.NONE));

        // Then
        assertThat(arrived.getExtensionNames()).doesNotContain(PassedHeaders.EXTENSION);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "authorization=x",
                "knative-a=b%0d%0aauthorization: x",
                "knative-a%0d%0ab=c",
                "knative-a b=c",
                "knative-a=%4",
                "knative-a=%zz",
                "knative-a",
                "=b",
                "&&="
            })
    void what_was_kept_by_somebody_else_can_bring_in_no_other_header(String kept) {
        assertThat(restored(Extensions.with(EVENT, PassedHeaders.EXTENSION, kept))
                        .names())
                .isEmpty();
    }

    @Test
    void a_header_that_does_not_fit_is_left_out_and_the_others_are_not() {
        // When
        MultiMap out = restored(arrived(headers("baggage", "b".repeat(9_000), "knative-a", "1", "traceparent", "2")));

        // Then
        assertThat(out.names()).containsExactlyInAnyOrder("knative-a", "traceparent");
    }

    @Test
    void a_header_that_is_set_already_stays() {
        // Given
        MultiMap out = headers("traceparent", "mine");

        // When
        PassedHeaders.restore(arrived(headers("traceparent", "theirs", "knative-a", "1")), out);

        // Then
        assertThat(out.get("traceparent")).isEqualTo("mine");
        assertThat(out.get("knative-a")).isEqualTo("1");
    }

    @Test
    void a_reply_is_traced_like_the_event_that_it_answers_unless_it_says_otherwise() {
        // Given
        CloudEvent original = arrived(headers("traceparent", "first", "x-request-id", "42", "knative-a", "1"));

        // When
        CloudEvent silent = Extensions.edit(EVENT, PassedHeaders.onReply(headers(), original, ExtensionEdit.NONE));
        CloudEvent speaking = Extensions.edit(
                EVENT,
                PassedHeaders.onReply(
                        headers("traceparent", "second", "knative-b", "2"), original, ExtensionEdit.NONE));

        // Then
        assertThat(restored(silent).entries()).hasToString("[traceparent=first, x-request-id=42]");
        assertThat(restored(speaking).entries()).hasToString("[knative-b=2, traceparent=second, x-request-id=42]");
    }
}
