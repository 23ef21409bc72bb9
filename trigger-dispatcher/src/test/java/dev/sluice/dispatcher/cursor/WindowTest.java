/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.cursor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WindowTest {

    @Test
    void is_full_at_its_number_of_events() {
        Window window = new Window(new DispatchMemory(1_000_000), 2);

        window.take(10);
        assertThat(window.hasRoom(10)).isTrue();
        window.take(10);

        assertThat(window.hasRoom(10)).isFalse();
        window.give(10);
        assertThat(window.hasRoom(10)).isTrue();
    }

    @Test
    void stuck_triggers_leave_as_much_memory_for_others_as_each_of_them_has() {
        // Given
        DispatchMemory memory = new DispatchMemory(100_000);
        List<Window> stuck = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            stuck.add(new Window(memory, Integer.MAX_VALUE));
        }

        // When
        boolean taken = true;
        while (taken) {
            taken = false;
            for (Window window : stuck) {
                if (window.hasRoom(100)) {
                    window.take(100);
                    memory.take(100);
                    taken = true;
                }
            }
        }

        // Then
        assertThat(memory.free()).isBetween(9_000L, 11_000L);
        assertThat(stuck).allSatisfy(window -> assertThat(window.bytes()).isBetween(9_000L, 11_000L));
        Window another = new Window(memory, Integer.MAX_VALUE);
        assertThat(another.hasRoom(4_000)).isTrue();
    }

    @Test
    void one_event_fits_however_large_it_is_when_nothing_else_is_held() {
        DispatchMemory memory = new DispatchMemory(1_000);
        Window window = new Window(memory, 10);

        assertThat(window.hasRoom(5_000)).isTrue();
        memory.take(1);
        assertThat(window.hasRoom(5_000)).isFalse();
    }

    @Test
    void a_trigger_makes_progress_when_a_quarter_of_its_window_has_ended_since_it_was_waited_for() {
        Window window = new Window(new DispatchMemory(1_000_000), 8);
        for (int i = 0; i < 8; i++) {
            window.take(1);
        }

        assertThat(window.isMakingProgress()).isFalse();
        for (int i = 0; i < 3; i++) {
            window.give(1);
        }
        assertThat(window.isMakingProgress()).isTrue();
        window.waitedFor();
        assertThat(window.isMakingProgress()).isFalse();
    }
}
