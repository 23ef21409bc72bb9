/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import static dev.sluice.control.reconcile.Written.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.routing.ResourceName;
import dev.sluice.api.routing.RoutingTable;
import dev.sluice.control.store.ResourceStore;
import dev.sluice.control.store.Resources;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ControllerTest {

    private static final ResourceName DEFAULT = ResourceName.parse("default");
    private static final ResourceName PAID = ResourceName.parse("paid");
    private static final Reconciler RECONCILER =
            new Reconciler(ReconcilerSettings.of(URI.create("http://localhost:8080"), "inmemory", Set.of("inmemory")));
    private static final String BROKER = """
            apiVersion: eventing.knative.dev/v1
            kind: Broker
            metadata: {name: default}
            """;
    private static final String TRIGGER = """
            ---
            apiVersion: eventing.knative.dev/v1
            kind: Trigger
            metadata: {name: paid}
            spec: {broker: default, subscriber: {uri: "http://paid/"}}
            """;

    /** A store whose snapshots the test makes. */
    private static final class HandStore implements ResourceStore {

        private @Nullable Consumer<Resources> listener;

        @Override
        public void start(Consumer<Resources> listener) {
            this.listener = listener;
        }

        void put(String yaml) {
            put(Written.resources(yaml));
        }

        void put(Resources resources) {
            listener.accept(resources);
        }

        @Override
        public void close() {}
    }

    /** A data plane that answers when the test says so. */
    private static final class HandDataPlane implements DataPlane {

        private record Call(RoutingTable table, Promise<DataPlaneReport> answer) {}

        private final List<Call> calls = new CopyOnWriteArrayList<>();

        @Override
        public Future<DataPlaneReport> apply(RoutingTable table) {
            Call call = new Call(table, Promise.promise());
            calls.add(call);
            return call.answer().future();
        }

        Call call(int number) {
            await().until(() -> calls.size() >= number);
            return calls.get(number - 1);
        }
    }

    private final HandStore store = new HandStore();
    private final HandDataPlane dataPlane = new HandDataPlane();
    private final Controller controller = new Controller(store, RECONCILER, dataPlane, Clock.systemUTC());

    @BeforeEach
    void start() {
        controller.start();
    }

    @AfterEach
    void stop() {
        controller.close();
    }

    private String ready(ResourceName trigger) {
        var status = controller.view().statuses().triggers().get(trigger);
        return status == null ? "none" : condition(status, "Ready");
    }

    @Test
    void a_trigger_is_ready_only_when_the_data_plane_has_it() {
        // Given
        store.put(BROKER + TRIGGER);
        HandDataPlane.Call call = dataPlane.call(1);
        assertThat(call.table().broker(DEFAULT).triggers()).containsKey(PAID);
        assertThat(ready(PAID)).isEqualTo("none");
        assertThat(controller.firstSync().isComplete()).isFalse();

        // When
        call.answer().complete(DataPlaneReport.inForce());

        // Then
        await().until(() -> controller.firstSync().succeeded());
        assertThat(ready(PAID)).isEqualTo("True");
    }

    @Test
    void applies_one_table_at_a_time_and_only_the_last_of_those_that_waited() {
        // Given
        store.put(BROKER);
        HandDataPlane.Call first = dataPlane.call(1);

        // When
        store.put(BROKER + TRIGGER.replace("paid", "one"));
        store.put(BROKER + TRIGGER.replace("paid", "two"));
        await().until(() -> controller.view().resources().triggers().containsKey(ResourceName.parse("two")));
        assertThat(dataPlane.calls).hasSize(1);
        first.answer().complete(DataPlaneReport.inForce());

        // Then
        assertThat(dataPlane.call(2).table().broker(DEFAULT).triggers()).containsOnlyKeys(ResourceName.parse("two"));
        dataPlane.call(2).answer().complete(DataPlaneReport.inForce());
        await().until(() -> ready(ResourceName.parse("two")).equals("True"));
        assertThat(dataPlane.calls).hasSize(2);
    }

    @Test
    void a_channel_that_cannot_be_opened_is_tried_again() {
        // Given
        store.put(BROKER + TRIGGER);

        // When
        dataPlane.call(1).answer().complete(new DataPlaneReport(Map.of(DEFAULT, "no space")));
        await().until(() -> ready(PAID).equals("False ChannelFailure"));
        dataPlane.call(2).answer().complete(DataPlaneReport.inForce());

        // Then
        await().until(() -> ready(PAID).equals("True"));
    }

    @Test
    void a_table_that_could_not_be_applied_is_applied_again() {
        // Given
        store.put(BROKER + TRIGGER);

        // When
        dataPlane.call(1).answer().fail(new IllegalStateException("a failure that the test wants"));
        HandDataPlane.Call again = dataPlane.call(2);
        assertThat(ready(PAID)).isEqualTo("none");
        again.answer().complete(DataPlaneReport.inForce());

        // Then
        await().until(() -> ready(PAID).equals("True"));
    }

    @Test
    void a_loop_that_fails_on_what_the_data_plane_answers_goes_on() {
        // Given
        store.put(BROKER + TRIGGER);

        // When: an answer that breaks the rules of the data plane
        dataPlane.call(1).answer().complete(null);
        dataPlane.call(2).answer().complete(DataPlaneReport.inForce());

        // Then
        await().until(() -> ready(PAID).equals("True"));
    }

    @Test
    void a_trigger_created_again_is_not_ready_because_the_one_before_it_was() {
        // Given
        store.put(BROKER + TRIGGER);
        dataPlane.call(1).answer().complete(DataPlaneReport.inForce());
        await().until(() -> ready(PAID).equals("True"));
        store.put(BROKER + TRIGGER.replace("http://paid/", "http://other/"));
        HandDataPlane.Call second = dataPlane.call(2);

        // When it is deleted and created again while the data plane is busy
        Resources again = Written.resources(BROKER + TRIGGER);
        again.triggers().get(PAID).getMetadata().setUid("another");
        store.put(BROKER);
        store.put(again);

        // Then
        await().until(() -> controller.view().resources() == again);
        assertThat(ready(PAID)).isEqualTo("none");
        second.answer().complete(DataPlaneReport.inForce());
        HandDataPlane.Call third = dataPlane.call(3);
        assertThat(ready(PAID)).isEqualTo("none");
        third.answer().complete(DataPlaneReport.inForce());
        await().until(() -> ready(PAID).equals("True"));
    }

    @Test
    void a_table_whose_application_ends_in_an_error_is_applied_again() {
        // Given
        AtomicInteger calls = new AtomicInteger();
        DataPlane breaking = table -> {
            if (calls.incrementAndGet() == 1) {
                throw new NoClassDefFoundError("an error that the test wants");
            }
            return Future.succeededFuture(DataPlaneReport.inForce());
        };
        HandStore resources = new HandStore();
        try (Controller other = new Controller(resources, RECONCILER, breaking, Clock.systemUTC())) {
            other.start();

            // When
            resources.put(BROKER);

            // Then
            await().until(() -> other.firstSync().succeeded());
        }
    }

    @Test
    void nothing_is_applied_after_close() {
        // Given
        store.put(BROKER);
        HandDataPlane.Call first = dataPlane.call(1);

        // When
        controller.close();
        first.answer().complete(DataPlaneReport.inForce());
        store.put(BROKER + TRIGGER);

        // Then
        assertThat(dataPlane.calls).hasSize(1);
        assertThat(controller.firstSync().failed()).isTrue();
    }

    @Test
    void a_thousand_triggers_are_reconciled_in_well_under_a_second() {
        // Given
        StringBuilder many = new StringBuilder(BROKER);
        for (int i = 0; i < 1_000; i++) {
            many.append(TRIGGER.replace("paid", "t" + i));
        }
        Resources resources = Written.resources(many.toString());

        // When: several times, as a busy machine may take one of them its time
        Duration shortest = Duration.ofDays(1);
        for (int i = 0; i < 5; i++) {
            long start = System.nanoTime();
            Reconciliation reconciliation = RECONCILER.reconcile(resources, RoutingTable.empty());
            Statuses statuses = reconciliation.statuses(
                    DataPlaneReport.inForce(),
                    Statuses.none(),
                    Clock.systemUTC().instant());
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            shortest = took.compareTo(shortest) < 0 ? took : shortest;
            assertThat(statuses.triggers()).hasSize(1_000);
        }

        // Then
        assertThat(shortest).isLessThan(Duration.ofMillis(500));
    }
}
