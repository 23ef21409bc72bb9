/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.server.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class InstanceIdTest {

    @TempDir
    Path folder;

    @Test
    void a_directory_keeps_the_name_of_its_process_for_the_next_one() throws IOException {
        String first;
        try (DataDirectory directory = DataDirectory.open(folder)) {
            first = directory.instanceId();
            assertThat(directory.instanceId()).isEqualTo(first);
        }

        try (DataDirectory directory = DataDirectory.open(folder)) {
            assertThat(directory.instanceId()).isEqualTo(first);
        }
    }

    @Test
    void two_directories_have_two_names_and_what_is_no_name_is_replaced() throws IOException {
        try (DataDirectory one = DataDirectory.open(folder.resolve("one"));
                DataDirectory other = DataDirectory.open(folder.resolve("other"))) {
            assertThat(one.instanceId()).isNotEqualTo(other.instanceId()).matches("[a-zA-Z0-9._-]+");
        }
        Files.writeString(folder.resolve("one/instance-id"), "\u0000 half of\n");

        try (DataDirectory one = DataDirectory.open(folder.resolve("one"))) {
            assertThat(one.instanceId()).matches("[a-zA-Z0-9._-]+").isEqualTo(one.instanceId());
        }
    }
}
