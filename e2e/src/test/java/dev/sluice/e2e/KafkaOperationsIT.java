/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.e2e.SluiceProcess.Finished;
import dev.sluice.testkit.Events;
import dev.sluice.testkit.RecordingSubscriber;
import dev.sluice.testkit.kafka.KafkaFixture;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.ResourceLock;

/** What a person does to what Sluice keeps in Kafka, from the command line. */
@ResourceLock(Fleet.KAFKA)
final class KafkaOperationsIT {

    @RegisterExtension
    static final KafkaFixture kafka = KafkaFixture.single();

    @RegisterExtension
    final RecordingSubscriber subscriber = RecordingSubscriber.start();

    @RegisterExtension
    final Fleet fleet = new Fleet(kafka);

    private final String namespace = Sluice.namespace();

    private static Finished command(Sluice at, String input, String... words) {
        List<String> all = new ArrayList<>(Arrays.asList(words));
        all.addAll(List.of("--admin-url", at.process().admin("").toString()));
        return SluiceProcess.command(all.toArray(String[]::new)).run(input, Duration.ofMinutes(2));
    }

    private void assertRefused(Finished finished, int status, String... words) {
        assertThat(finished.status()).as(finished.stderr()).isEqualTo(status);
        assertThat(finished.stderr()).contains(words);
    }

    private long times(String id) {
        return subscriber.ids().stream().filter(id::equals).count();
    }

    private static Set<String> topics() {
        try (Admin admin = kafka.admin()) {
            return admin.listTopics().names().get(60, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    @Test
    void a_trigger_is_moved_at_every_dispatcher_once_somebody_has_seen_what_that_means_and_said_yes() {
        // Given
        Sluice one = fleet.start("one", "all");
        Sluice two = fleet.start("two", "dispatcher");
        one.write(
                "all.yaml",
                Manifests.broker(namespace, "default"),
                Manifests.annotated(Manifests.broker(namespace, "light"), "sluice.dev/channel: inmemory"),
                Manifests.trigger(namespace, "all", subscriber.uri()),
                Manifests.trigger(namespace, "light", subscriber.uri("/light"))
                        .replace("broker: default", "broker: light"));
        one.awaitReady("triggers", namespace, "all");
        one.awaitReady("triggers", namespace, "light");
        two.awaitReady("triggers", namespace, "all");
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < 30; i++) {
            ids.add("e-" + i);
            one.send(namespace, Events.withId("e-" + i));
        }
        await().atMost(Fleet.PATIENCE).until(() -> subscriber.ids().containsAll(ids));
        String trigger = namespace + "/all";

        // When: nothing, but to ask what would be
        Finished preview = command(one, "", "triggers", "seek", trigger, "--to", "earliest", "--dry-run");
        Finished declined = command(one, "no\n", "triggers", "seek", trigger, "--to", "earliest");

        // Then
        assertThat(preview.status()).as(preview.stderr()).isZero();
        assertThat(preview.stdout())
                .contains("PARTITION", "REPEATED", "FIRST", "LAST")
                .contains("Trigger " + trigger + " would pass over 0 events of the Broker and be offered");
        assertRefused(declined, 1, "Move it?", "nothing was moved");
        assertRefused(
                command(one, "", "triggers", "seek", namespace + "/al", "--to", "latest", "--yes"),
                1,
                "does not exist",
                "did you mean " + trigger);
        assertRefused(
                command(one, "", "triggers", "seek", namespace + "/light", "--to", "earliest", "--yes"),
                1,
                "inmemory",
                "which has no past");
        assertRefused(
                command(
                        one,
                        "",
                        "triggers",
                        "seek",
                        trigger,
                        "--to",
                        Instant.now().plusSeconds(86_400).toString(),
                        "--yes"),
                2,
                "is in the future");
        assertRefused(command(one, "", "triggers", "seek", trigger, "--to", "yesterday"), 2, "is not earliest, latest");
        if (fleet.saidAt(Arrivals.LOST_ITS_SESSION).isEmpty()) {
            assertThat(ids).allSatisfy(id -> assertThat(times(id)).isEqualTo(1));
        }

        // When
        Finished moved = command(two, "yes\n", "triggers", "seek", trigger, "--to", "earliest");

        // Then
        assertThat(moved.status()).as(moved.stderr()).isZero();
        assertThat(moved.stdout()).contains("was moved: it passes over 0 events of the Broker and is offered");
        await().atMost(Fleet.PATIENCE)
                .untilAsserted(() ->
                        assertThat(ids).allSatisfy(id -> assertThat(times(id)).isGreaterThanOrEqualTo(2)));
        CounterLaw.awaitCaughtUp(namespace, one, two);
        CounterLaw.awaitSelfCheck(one);
        CounterLaw.awaitSelfCheck(two);
    }

    @Test
    void a_trigger_that_retention_overtakes_says_how_much_it_has_lost_and_goes_on_with_what_is_left() {
        // Given: a Trigger that is paused when ten events come
        Sluice sluice = fleet.start("one", "all");
        String trigger = Manifests.trigger(namespace, "all", subscriber.uri());
        sluice.apply(namespace, Manifests.annotated(trigger, "sluice.dev/paused: \"true\""));
        for (int i = 0; i < 10; i++) {
            sluice.send(namespace, Events.withId("gone-" + i));
        }

        // When: all of them are removed before it goes on
        deleteRecords("knative-broker-" + namespace + "-default");
        sluice.apply(namespace, trigger);

        // Then: without another event that would show it
        await().atMost(Fleet.PATIENCE)
                .untilAsserted(() -> assertThat(
                                sluice.meter("sluice_trigger_skipped_total", "namespace=\"" + namespace + "\""))
                        .isEqualTo(10));
        assertThat(sluice.condition("triggers", namespace, "all", "Retained")
                        .path("reason")
                        .asText())
                .isEqualTo("LostToRetention");
        sluice.send(namespace, Events.withId("left"));
        await().atMost(Fleet.PATIENCE).until(() -> subscriber.ids().contains("left"));
        CounterLaw.awaitCaughtUp(namespace, sluice);
        assertThat(subscriber.ids()).containsOnly("left");
    }

    private static void deleteRecords(String topic) {
        try (Admin admin = kafka.admin()) {
            Map<TopicPartition, RecordsToDelete> all = new HashMap<>();
            for (TopicPartitionInfo partition : admin.describeTopics(List.of(topic))
                    .allTopicNames()
                    .get(60, TimeUnit.SECONDS)
                    .get(topic)
                    .partitions()) {
                // As far as there are any.
                all.put(new TopicPartition(topic, partition.partition()), RecordsToDelete.beforeOffset(-1));
            }
            admin.deleteRecords(all).all().get(60, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    @Test
    void a_topic_is_deleted_with_what_belongs_to_it_when_its_broker_is_gone_and_not_before() {
        // Given
        Sluice sluice = fleet.start("one", "all");
        sluice.write(
                "gone.yaml",
                Manifests.broker(namespace, "default"),
                Manifests.trigger(namespace, "all", subscriber.uri()));
        sluice.awaitReady("triggers", namespace, "all");
        sluice.send(namespace, Events.withId("kept"));
        await().atMost(Fleet.PATIENCE).until(() -> subscriber.ids().contains("kept"));
        String topic = "knative-broker-" + namespace + "-default";

        // Then
        assertRefused(
                command(sluice, "", "topics", "delete", topic, "--yes"),
                1,
                "is that of Broker " + namespace + "/default",
                "delete the Broker first");
        Finished listed = command(sluice, "", "topics", "list");
        assertThat(listed.status()).as(listed.stderr()).isZero();
        assertThat(listed.stdout())
                .containsPattern(topic + " +" + namespace + "/default +3 +1 ")
                .contains("topic sluice-parked-" + namespace + "-default");

        // When
        sluice.delete("gone.yaml");
        await().atMost(Fleet.PATIENCE)
                .until(() -> command(sluice, "", "topics", "list").stdout().matches("(?s).*" + topic + " +gone .*"));
        assertThat(topics()).contains(topic);
        // It has readers until the dispatcher has left.
        await().atMost(Fleet.PATIENCE)
                .until(() -> command(sluice, "", "topics", "delete", topic, "--dry-run")
                                .status()
                        == 0);
        Finished preview = command(sluice, "", "topics", "delete", topic, "--dry-run");
        Finished deleted = command(sluice, "y\n", "topics", "delete", topic);

        // Then
        assertThat(preview.stdout()).contains("topic " + topic + " with 1 events", "would go");
        assertThat(deleted.status()).as(deleted.stderr()).isZero();
        await().atMost(Fleet.PATIENCE)
                .until(() -> topics().stream().noneMatch(name -> name.endsWith(namespace + "-default")));
        assertRefused(command(sluice, "", "topics", "delete", topic, "--yes"), 1, "there is no topic " + topic);
    }
}
