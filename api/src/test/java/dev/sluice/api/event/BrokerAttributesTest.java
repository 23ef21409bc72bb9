/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.time.Instant;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BrokerAttributesTest {

    private static final Instant NOW = Instant.parse("2026-01-31T12:00:00.123Z");

    private static CloudEventBuilder event() {
        return CloudEventBuilder.v1().withId("1").withSource(URI.create("/s")).withType("t");
    }

    private static CloudEvent arrived(CloudEvent event) {
        return Extensions.edit(event, BrokerAttributes.onArrival(NOW, 255, null));
    }

    @Test
    void an_event_without_ttl_gets_the_initial_one_and_the_time() {
        CloudEvent arrived = arrived(event().build());

        assertThat(arrived.getExtension("knativebrokerttl")).isEqualTo(255);
        assertThat(arrived.getExtension("knativearrivaltime")).isEqualTo("2026-01-31T12:00:00.123Z");
        assertThat(BrokerAttributes.exhausted(arrived)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "255, 254, false",
        "2, 1, false",
        "1, 0, true",
        "0, 0, true",
        "-7, 0, true",
        "-2147483648, 0, true",
        "2147483647, 2147483646, false",
        "99999999999, 255, false",
        "many, 255, false",
        "'', 255, false",
        "1.5, 255, false",
    })
    void a_ttl_loses_one_and_ends_at_zero(String before, int after, boolean exhausted) {
        CloudEvent arrived =
                arrived(event().withExtension("knativebrokerttl", before).build());

        assertThat(arrived.getExtension("knativebrokerttl")).isEqualTo(after);
        assertThat(BrokerAttributes.exhausted(arrived)).isEqualTo(exhausted);
    }

    @Test
    void a_typed_ttl_counts_like_one_from_a_header() {
        assertThat(arrived(event().withExtension("knativebrokerttl", 7).build()).getExtension("knativebrokerttl"))
                .isEqualTo(6);
        assertThat(arrived(event().withExtension("knativebrokerttl", true).build())
                        .getExtension("knativebrokerttl"))
                .isEqualTo(255);
    }

    @ParameterizedTest
    @CsvSource({
        // of the event, of the header, after
        ", 9, 8",
        ", 1, 0",
        "5, 9, 4",
        "9, 5, 4",
        ", 1000, 255",
        ", many, 255",
        "9, '', 8",
    })
    void the_ttl_of_the_header_counts_where_it_is_less(@Nullable String own, String header, int after) {
        CloudEvent event = event().withExtension("knativebrokerttl", own).build();

        CloudEvent arrived = Extensions.edit(event, BrokerAttributes.onArrival(NOW, 255, header));

        assertThat(arrived.getExtension("knativebrokerttl")).isEqualTo(after);
    }

    @Test
    void the_header_says_the_ttl_of_an_event_however_it_is_kept() {
        assertThat(BrokerAttributes.headerOf(event().build())).isNull();
        assertThat(BrokerAttributes.headerOf(
                        event().withExtension("knativebrokerttl", 7).build()))
                .isEqualTo("7");
        assertThat(BrokerAttributes.headerOf(
                        event().withExtension("knativebrokerttl", "7").build()))
                .isEqualTo("7");
        assertThat(BrokerAttributes.headerOf(
                        event().withExtension("knativebrokerttl", "7\r\nx: y").build()))
                .isNull();
    }

    @Test
    void the_arrival_time_of_an_earlier_pass_is_overwritten() {
        CloudEvent arrived = arrived(event().withExtension("knativearrivaltime", "2020-01-01T00:00:00Z")
                .build());

        assertThat(arrived.getExtension("knativearrivaltime")).isEqualTo("2026-01-31T12:00:00.123Z");
    }

    @Test
    void a_reply_goes_on_with_the_ttl_of_the_event_that_it_answers() {
        CloudEvent original = event().withExtension("knativebrokerttl", "9").build();
        CloudEvent reply = event().withExtension("knativebrokerttl", 1_000).build();

        CloudEvent arrived = Extensions.edit(reply, BrokerAttributes.onReply(original, NOW, 255));

        assertThat(arrived.getExtension("knativebrokerttl")).isEqualTo(8);
    }

    @Test
    void a_reply_to_an_event_without_ttl_starts_anew_whatever_it_claims() {
        CloudEvent reply = event().withExtension("knativebrokerttl", 1_000).build();

        CloudEvent arrived = Extensions.edit(reply, BrokerAttributes.onReply(event().build(), NOW, 255));

        assertThat(arrived.getExtension("knativebrokerttl")).isEqualTo(255);
    }

    @Test
    void editing_extensions_loses_nothing_else_in_either_specversion() {
        for (CloudEventBuilder builder : new CloudEventBuilder[] {CloudEventBuilder.v1(), CloudEventBuilder.v03()}) {
            CloudEvent event = builder.withId("1")
                    .withSource(URI.create("/s"))
                    .withType("t")
                    .withSubject("sub")
                    .withTime(OffsetDateTime.parse("2026-01-31T12:00:00Z"))
                    .withDataContentType("text/plain")
                    .withDataSchema(URI.create("http://example.com/schema"))
                    .withData(new byte[] {1, 2})
                    .withExtension("flag", true)
                    .withExtension("bytes", new byte[] {3})
                    .build();

            CloudEvent with = Extensions.with(event, "extra", 5);

            assertThat(with.getExtension("extra")).isEqualTo(5);
            assertThat(with.getData()).isSameAs(event.getData());
            assertThat(Extensions.without(with, "extra")).isEqualTo(event);
            assertThat(event.getExtension("extra")).isNull();
        }
    }

    @Test
    void taking_away_what_is_not_there_costs_nothing() {
        CloudEvent event = event().build();
        assertThat(Extensions.without(event, "nothing")).isSameAs(event);
    }

    @Test
    void many_extensions_are_kept_as_well_as_few() {
        CloudEvent event = event().build();
        for (int i = 0; i < 40; i++) {
            event = Extensions.with(event, "x" + i, i);
        }
        assertThat(event.getExtensionNames()).hasSize(40);
        assertThat(event.getExtension("x39")).isEqualTo(39);
    }
}
