/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

final class MediaTypeTest {

    private static final int NAMES = 1_000;
    private static final long MOST_BYTES_FOR_A_NAME = 1_000;

    @Test
    void every_charset_of_the_jvm_is_found_by_each_of_its_names_in_any_case() {
        for (Charset charset : Charset.availableCharsets().values()) {
            List<String> names = new ArrayList<>(charset.aliases());
            names.add(charset.name());
            for (String name : names) {
                // ASCII is written as UTF-8, which says the same of the same bytes.
                Charset meant = name.equalsIgnoreCase("us-ascii") ? StandardCharsets.UTF_8 : Charset.forName(name);
                assertThat(MediaType.charset("text/plain; charset=" + name.toUpperCase(Locale.ROOT)))
                        .as(name)
                        .isEqualTo(meant);
            }
        }
    }

    @Test
    void a_charset_that_nobody_knows_is_not_searched_for() {
        // Given
        assertThat(MediaType.charset("text/plain; charset=nobodys")).isNull();
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

        // When
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < NAMES; i++) {
            assertUnknown("text/plain; charset=nobodys" + i);
        }
        long bytes = threads.getCurrentThreadAllocatedBytes() - before;

        // Then: a search of the class path leaves a hundred times as much behind
        assertThat(bytes / NAMES).isLessThan(MOST_BYTES_FOR_A_NAME);
    }

    private static void assertUnknown(String mediaType) {
        if (MediaType.charset(mediaType) != null) {
            throw new AssertionError(mediaType + " is known");
        }
    }
}
