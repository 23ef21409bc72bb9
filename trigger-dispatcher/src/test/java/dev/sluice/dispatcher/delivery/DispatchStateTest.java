/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import static dev.sluice.dispatcher.delivery.DispatchState.ENDED;
import static dev.sluice.dispatcher.delivery.DispatchState.SENDING;
import static dev.sluice.dispatcher.delivery.DispatchState.WAITING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.api.channel.ChannelRecord;
import dev.sluice.testkit.Events;
import io.cloudevents.CloudEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DispatchStateTest {

    private int releases;
    private long charged;

    private HeldEvent held(int triggers) {
        return new HeldEvent(
                new ChannelRecord() {
                    @Override
                    public int partition() {
                        return 0;
                    }

                    @Override
                    public long offset() {
                        return 0;
                    }

                    @Override
                    public CloudEvent event() {
                        return Events.MINIMAL;
                    }

                    @Override
                    public void charge(long bytes) {
                        charged += bytes;
                    }

                    @Override
                    public void release() {
                        releases++;
                    }
                },
                triggers,
                () -> {});
    }

    @ParameterizedTest
    @EnumSource
    void every_state_can_end_and_none_goes_on_after_it(DispatchState state) {
        assertThat(state.mayBecome(ENDED)).isEqualTo(state != ENDED);
        assertThat(ENDED.mayBecome(state)).isFalse();
    }

    @Test
    void refuses_a_step_that_is_not_drawn() {
        // Given
        Dispatch dispatch = new Dispatch(held(1));
        dispatch.become(SENDING);

        // Then
        assertThatThrownBy(() -> dispatch.become(WAITING))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("SENDING")
                .hasMessageContaining("WAITING");
    }

    @Test
    void an_event_goes_back_when_the_last_trigger_is_done_and_not_before() {
        // Given
        HeldEvent held = held(3);

        // When
        held.done(0);
        held.done(0);
        assertThat(releases).isZero();
        held.done(0);

        // Then
        assertThat(releases).isEqualTo(1);
    }

    @Test
    void holding_an_event_is_charged_for_every_trigger() {
        // When
        held(1);
        long one = charged;
        held(11);

        // Then
        assertThat(charged - 2 * one).isEqualTo(10L * Dispatch.BYTES);
    }
}
