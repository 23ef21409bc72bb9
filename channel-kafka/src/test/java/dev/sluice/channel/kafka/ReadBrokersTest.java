/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.channel.kafka.ReadBrokers.Broker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadBrokersTest {

    private static final Broker ONE = new Broker("uid-1", "knative-broker-shop-one", "sluice-broker-shop-one");
    private static final Broker TWO = new Broker("uid-2", "orders", "sluice-broker-shop-two-orders");

    @TempDir
    private Path folder;

    @Test
    void the_next_process_finds_what_was_kept_last() throws IOException {
        Path file = folder.resolve("brokers");
        new ReadBrokers(file).save(List.of(ONE));
        new ReadBrokers(file).save(List.of(ONE, TWO));

        assertThat(new ReadBrokers(file).load()).containsExactly(ONE, TWO);
        assertThat(folder).isDirectoryContaining("glob:**/brokers").isDirectoryNotContaining("glob:**.new");
    }

    @Test
    void there_is_nothing_before_the_first_start() throws IOException {
        assertThat(new ReadBrokers(folder.resolve("brokers")).load()).isEmpty();
    }

    @Test
    void what_a_later_version_or_half_a_write_has_left_is_passed_over() throws IOException {
        Path file = folder.resolve("brokers");
        new ReadBrokers(file).save(List.of(ONE));
        Files.writeString(file, "2 uid-3 a b c\n1 uid-4 topic\n\n" + Files.readString(file));

        assertThat(new ReadBrokers(file).load()).containsExactly(ONE);
    }
}
