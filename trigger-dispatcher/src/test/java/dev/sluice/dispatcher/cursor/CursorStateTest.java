/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.cursor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CursorStateTest {

    @Test
    void allows_the_transitions_of_the_picture_and_no_other() {
        // When
        List<String> allowed = new ArrayList<>();
        for (CursorState from : CursorState.values()) {
            for (CursorState to : CursorState.values()) {
                if (from.mayBecome(to)) {
                    allowed.add(from + " > " + to);
                }
            }
        }

        // Then
        assertThat(allowed)
                .containsExactlyInAnyOrder(
                        "SHARED > CATCHING_UP",
                        "SHARED > PAUSED",
                        "CATCHING_UP > JOINING",
                        "CATCHING_UP > PAUSED",
                        "JOINING > SHARED",
                        "JOINING > CATCHING_UP",
                        "JOINING > PAUSED",
                        "PAUSED > CATCHING_UP");
    }

    @Test
    void refuses_a_transition_that_does_not_exist() {
        Cursor<String> cursor = new Cursor<>("t", new Window(new DispatchMemory(1), 1), CursorState.CATCHING_UP, 0);

        assertThatThrownBy(() -> cursor.become(CursorState.SHARED))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("a cursor that is CATCHING_UP can't become SHARED");
    }
}
