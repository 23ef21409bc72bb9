/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.inmemory;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.channel.Channel;
import dev.sluice.api.channel.Channel.Admission;
import dev.sluice.api.event.BrokerAttributes;
import dev.sluice.api.http.HttpBinding;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fills a heap with events as the ingress reads them and compares what the channel says with what the JVM says. */
class EventFootprintTest {

    private static final int EVENTS = 20_000;
    private static final String EXTENSION_VALUE = "a value of an extension that came in a header";

    private final Channel channel = new InMemoryEngine(new Shares(1L << 30))
            .open(new ChannelSpec("inmemory", ResourceName.parse("shop/default"), "uid", Map.of()))
            .result();

    @ParameterizedTest
    @ValueSource(ints = {0, 100, 1024, 8192})
    void counts_what_an_event_costs_whatever_its_data(int dataBytes) throws Exception {
        assertCounted(dataBytes, 1, "/orders/web");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 12})
    void counts_what_an_event_costs_whatever_its_extensions(int extensions) throws Exception {
        assertCounted(200, extensions, "/orders/web");
    }

    @Test
    void counts_sources_that_are_all_different() throws Exception {
        // With more different sources than the codec remembers, each event has a URI of its own.
        assertCounted(200, 1, "https://shop.example.com:8443/tenants/%d/orders?region=eu");
    }

    @Test
    void counts_what_a_structured_event_costs() throws Exception {
        for (int i = 0; i < EVENTS; i++) {
            MultiMap headers = MultiMap.caseInsensitiveMultiMap().add("content-type", "application/cloudevents+json");
            String json = "{\"specversion\":\"1.0\",\"id\":\"order-" + i + "\",\"source\":\"/orders\","
                    + "\"type\":\"com.example.order.placed\",\"time\":\"2026-02-28T23:59:58Z\",\"data\":{\"order\":" + i
                    + ",\"items\":[1,2,3,4,5,6,7,8,9,10],\"note\":\"as it was sent\"}}";
            append(headers, json.getBytes(UTF_8));
        }
        assertCounted();
    }

    private void assertCounted(int dataBytes, int extensions, String source) throws Exception {
        for (int i = 0; i < EVENTS; i++) {
            MultiMap headers = MultiMap.caseInsensitiveMultiMap()
                    .add("ce-specversion", "1.0")
                    .add("ce-id", "6c2f9f5e-2a7b-4d5e-9d1c-" + (100_000_000_000L + i))
                    .add("ce-source", source.replace("%d", Integer.toString(i)))
                    .add("ce-type", new String("com.example.order.placed".getBytes(UTF_8), UTF_8))
                    .add("ce-time", "2026-02-28T23:59:58.123Z")
                    .add("content-type", new String("application/json".getBytes(UTF_8), UTF_8));
            for (int e = 0; e < extensions; e++) {
                headers.add("ce-extension" + e, new String(EXTENSION_VALUE.getBytes(UTF_8), UTF_8));
            }
            append(headers, new byte[dataBytes]);
        }
        assertCounted();
    }

    private void append(MultiMap headers, byte[] body) throws Exception {
        BrokerAttributes attributes = BrokerAttributes.onArrival(Instant.now(), 255, null);
        assertThat(channel.append(HttpBinding.read(headers, Buffer.buffer(body), attributes), Admission.PRODUCER)
                        .succeeded())
                .isTrue();
    }

    private void assertCounted() {
        Channel.Fill fill = channel.fill();
        long full = usedHeap();
        assertThat(channel.close().succeeded()).isTrue();
        long spent = full - usedHeap();
        assertThat(fill.events()).isEqualTo(EVENTS);
        // Never less than it costs, and not so much more that capacity goes to waste.
        assertThat(fill.bytes()).isBetween(spent, spent * 2);
    }

    private static long usedHeap() {
        // Twice, since objects that references were queued for go with the second.
        System.gc();
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
