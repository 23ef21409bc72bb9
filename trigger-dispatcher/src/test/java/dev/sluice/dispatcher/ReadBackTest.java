/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.channel.Channel;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.dispatcher.spool.Spool.RecoveredEvent;
import dev.sluice.testkit.Events;
import io.cloudevents.CloudEvent;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReadBackTest {

    private static final int MANY = 2_000;

    private final Vertx vertx = Vertx.vertx();
    private final Context context = ((VertxInternal) vertx).createEventLoopContext();
    private final ReadBack readBack = new ReadBack(new ResourceName("shop", "default"), context);
    private final List<CloudEvent> appended = new ArrayList<>();

    /** A channel that has room for everything. */
    private final Channel channel = (Channel) Proxy.newProxyInstance(
            getClass().getClassLoader(), new Class<?>[] {Channel.class}, (self, method, arguments) -> {
                if (method.getName().equals("append")) {
                    for (Object event : (List<?>) arguments[0]) {
                        appended.add((CloudEvent) event);
                    }
                    return Future.succeededFuture();
                }
                throw new AssertionError("not expected: " + method);
            });

    @AfterEach
    void close() {
        DispatcherFixture.get(vertx.close());
    }

    @Test
    void others_have_their_turn_while_many_events_are_read_back() throws Exception {
        // Given
        List<RecoveredEvent> events = recovered("e");
        CompletableFuture<Integer> appendedByThen = new CompletableFuture<>();
        CompletableFuture<Void> done = new CompletableFuture<>();

        // When
        context.runOnContext(turn -> {
            readBack.append(events, channel).onComplete(all -> done.complete(null));
            context.runOnContext(other -> appendedByThen.complete(appended.size()));
        });

        // Then
        assertThat(appendedByThen.get(20, TimeUnit.SECONDS)).isPositive().isLessThan(MANY);
        done.get(20, TimeUnit.SECONDS);
        assertThat(appended).hasSize(MANY);
    }

    @Test
    void what_is_read_back_later_comes_behind_and_nothing_comes_twice() throws Exception {
        // Given
        List<RecoveredEvent> first = recovered("first");
        List<RecoveredEvent> second = recovered("second");
        CompletableFuture<Void> done = new CompletableFuture<>();

        // When
        context.runOnContext(turn -> {
            Future<Void> one = readBack.append(first, channel);
            Future<Void> other = readBack.append(second, channel);
            Future.all(one, other).onComplete(all -> done.complete(null));
        });

        // Then
        done.get(20, TimeUnit.SECONDS);
        List<CloudEvent> expected = new ArrayList<>();
        first.forEach(event -> expected.add(event.event()));
        second.forEach(event -> expected.add(event.event()));
        assertThat(appended).isEqualTo(expected);
    }

    private static List<RecoveredEvent> recovered(String prefix) {
        List<RecoveredEvent> events = new ArrayList<>();
        Events.numbered(prefix, MANY).forEach(event -> events.add(new RecoveredEvent(event, List.of())));
        return events;
    }
}
