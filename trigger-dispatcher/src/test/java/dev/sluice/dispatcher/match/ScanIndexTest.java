/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.match;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.api.filter.Filter;
import dev.sluice.testkit.Events;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ScanIndexTest {

    @Test
    void finds_each_trigger_whose_filter_passes_and_no_other() {
        // Given
        TriggerIndex<String> index = new ScanIndex<>(List.of(
                new ScanIndex.Entry<>(new Filter.Everything(), "all"),
                new ScanIndex.Entry<>(new Filter.Exact(Map.of("type", "paid")), "paid"),
                new ScanIndex.Entry<>(new Filter.Exact(Map.of("type", "sent")), "sent")));
        List<String> found = new ArrayList<>();

        // When
        index.match(Events.of("1", "paid"), found);

        // Then
        assertThat(found).containsExactlyInAnyOrder("all", "paid");
    }
}
