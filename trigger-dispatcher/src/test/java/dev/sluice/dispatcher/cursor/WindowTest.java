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
        assertThat(memory.free() - 25_000).isBetween(6_500L, 8_500L);
        assertThat(stuck).allSatisfy(window -> assertThat(window.bytes()).isBetween(6_500L, 8_500L));
        Window another = new Window(memory, Integer.MAX_VALUE);
        another.take(1);
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
    void a_trigger_that_holds_nothing_has_room_for_one_event_that_is_larger_than_what_stuck_ones_leave() {
        // Given
        DispatchMemory memory = new DispatchMemory(1_000);
        Window stuck = new Window(memory, 10_000);
        while (stuck.hasRoom(1)) {
            stuck.take(1);
            memory.take(1);
        }
        Window small = new Window(memory, 10);
        small.take(300);
        memory.take(300);

        // When
        Window idle = new Window(memory, 10);

        // Then
        assertThat(small.hasRoom(200)).isFalse();
        assertThat(idle.hasRoom(200)).isTrue();
    }

    @Test
    void nothing_is_read_for_a_trigger_until_there_is_room_for_the_event_that_it_had_none_for() {
        // Given
        DispatchMemory memory = new DispatchMemory(1_000);
        memory.take(900);
        Window idle = new Window(memory, 10);
        assertThat(idle.hasMuchRoom()).isTrue();

        // When
        assertThat(idle.hasRoom(200)).isFalse();

        // Then
        assertThat(idle.hasMuchRoom()).isFalse();
        memory.give(100);
        assertThat(idle.hasMuchRoom()).isTrue();
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
