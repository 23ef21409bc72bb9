/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.api.channel.Assignment;
import dev.sluice.api.channel.LogBatch;
import dev.sluice.api.channel.LogChannel;
import dev.sluice.api.channel.LogHandler;
import dev.sluice.api.channel.LogReader;
import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.api.routing.ResourceName;
import dev.sluice.testkit.kafka.KafkaFixture;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A process that was frozen for longer than its session finds its partition with another, and knows it in time. */
final class FrozenReaderIT {

    @RegisterExtension
    static final KafkaFixture kafka = KafkaFixture.single();

    /** The one of {@link ReadAheadIT}. */
    @RegisterExtension
    static final KafkaFixture waiting = KafkaFixture.single().whoseGroupsWait(ReadAheadIT.WAIT);

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String MAY_ACT = "may act";
    private static final String MUST_NOT_ACT = "must not act";
    private static final String LOST = "lost";

    @Test
    void a_frozen_reader_that_goes_on_acts_on_nothing_that_went_to_another(@TempDir Path folder) throws Exception {
        freezeUntilAnotherReads(kafka, folder, List.of());
    }

    @Test
    void nor_does_one_that_was_frozen_when_it_read_before_partitions_were_dealt_out(@TempDir Path folder)
            throws Exception {
        freezeUntilAnotherReads(
                waiting,
                folder,
                List.of("kafka-instance-id=frozen", "kafka-read-brokers=" + folder.resolve("read-brokers")));
    }

    private static void freezeUntilAnotherReads(KafkaFixture kafka, Path folder, List<String> options)
            throws Exception {
        // Given
        String group = "frozen-" + System.nanoTime();
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                ReaderMain.class.getName(),
                kafka.bootstrapServers(),
                group));
        command.addAll(options);
        Process frozen = new ProcessBuilder(command)
                .redirectError(folder.resolve("reader.log").toFile())
                .start();
        List<String> said = new CopyOnWriteArrayList<>();
        Thread listening = new Thread(() -> listen(frozen, said), "listening");
        listening.start();
        Vertx vertx = Vertx.vertx();
        try {
            await().atMost(PATIENCE).until(() -> said.contains(MAY_ACT));
            Reading other = new Reading(vertx, kafka.bootstrapServers(), group, List.of());

            // When
            signal("STOP", frozen);
            await().atMost(PATIENCE).until(() -> other.reader.mayActOn(0));
            int before = said.size();
            signal("CONT", frozen);

            // Then
            await().atMost(PATIENCE).until(() -> saidAfter(before, said).containsAll(List.of(LOST, MUST_NOT_ACT)));
            // But for what it had found out when it was frozen, and was about to say.
            assertThat(saidAfter(before + 1, said)).doesNotContain(MAY_ACT);
            // Not at every moment, on a machine that stops for a while.
            await().atMost(PATIENCE).until(() -> other.reader.mayActOn(0));
        } finally {
            frozen.destroyForcibly().waitFor();
            listening.join();
            get(vertx.close());
        }
    }

    private static List<String> saidAfter(int before, List<String> said) {
        return said.stream().skip(before).toList();
    }

    private static void listen(Process process, List<String> said) {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                said.add(line);
            }
        } catch (IOException e) {
            said.add(e.toString());
        }
    }

    private static void signal(String name, Process process) throws Exception {
        int status = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
        assertThat(status).isZero();
    }

    /** Reads, and says many times a second whether it may act on what it reads. Ends with its standard input. */
    static final class ReaderMain {

        private ReaderMain() {}

        /** @param args the Kafka, the name of the Broker, and more options of the process */
        public static void main(String[] args) throws IOException {
            Vertx vertx = Vertx.vertx();
            Reading reading = new Reading(vertx, args[0], args[1], List.of(args).subList(2, args.length));
            vertx.setPeriodic(5, timer -> {
                if (reading.assigned.get()) {
                    System.out.println(reading.reader.mayActOn(0) ? MAY_ACT : MUST_NOT_ACT);
                }
            });
            while (System.in.read() >= 0) {
                // Until the test ends this process, or has ended itself.
            }
            Runtime.getRuntime().halt(0);
        }
    }

    private static final class Reading implements LogHandler {

        private final AtomicBoolean assigned = new AtomicBoolean();
        private final LogReader reader;

        Reading(Vertx vertx, String servers, String broker, List<String> more) {
            Map<String, String> options =
                    new HashMap<>(Map.of("kafka-bootstrap-servers", servers, "kafka-topic-partitions", "1"));
            more.forEach(option ->
                    options.put(option.substring(0, option.indexOf('=')), option.substring(option.indexOf('=') + 1)));
            LogChannel channel = (LogChannel) get(new KafkaChannelProvider()
                    .engine(vertx, options)
                    .open(new ChannelSpec("kafka", new ResourceName("frozen", broker), broker, Map.of())));
            Context context = vertx.getOrCreateContext();
            reader = get(channel.subscribe(context, this));
        }

        @Override
        public void assigned(Assignment assignment) {
            assigned.set(true);
        }

        @Override
        public void read(LogBatch batch) {
            // There is nothing in the topic.
        }

        @Override
        public void started(int partition, String triggerUid, long offset) {
            throw new IllegalStateException("nobody starts a trigger here");
        }

        @Override
        public void moved(int partition, String triggerUid, long offset) {
            throw new IllegalStateException("nobody moves a trigger here");
        }

        @Override
        public void forgotten(String triggerUid) {
            throw new IllegalStateException("nobody forgets a trigger here");
        }

        @Override
        public Future<Void> revoked(int partition, Duration within) {
            assigned.set(false);
            return Future.succeededFuture();
        }

        @Override
        public void lost(int partition) {
            System.out.println(LOST);
        }
    }

    private static <T> T get(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
