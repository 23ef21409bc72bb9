/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.Events;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WaitingListsTest {

    private static Dispatch due(long nanos) {
        Dispatch dispatch = new Dispatch(Held.of(Events.MINIMAL));
        dispatch.dueNanos = nanos;
        return dispatch;
    }

    @Test
    void a_list_is_first_in_first_out() {
        // Given
        DispatchList list = new DispatchList();
        Dispatch a = due(1);
        Dispatch b = due(2);
        Dispatch c = due(3);

        // When
        list.addLast(a);
        list.addLast(b);
        list.addLast(c);
        list.remove(b);

        // Then
        assertThat(list.size()).isEqualTo(2);
        assertThat(list.pollFirst()).isSameAs(a);
        assertThat(list.pollFirst()).isSameAs(c);
        assertThat(list.pollFirst()).isNull();
        assertThat(list.size()).isZero();
    }

    @Test
    void a_list_takes_all_of_another_in_its_order() {
        // Given
        DispatchList list = new DispatchList();
        DispatchList other = new DispatchList();
        List<Dispatch> expected = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Dispatch dispatch = due(i);
            expected.add(dispatch);
            (i < 3 ? list : other).addLast(dispatch);
        }

        // When
        list.addAllLast(other);
        list.addAllLast(other);

        // Then
        assertThat(other.size()).isZero();
        assertThat(other.pollFirst()).isNull();
        assertThat(list.size()).isEqualTo(6);
        list.remove(expected.remove(3));
        for (Dispatch dispatch : expected) {
            assertThat(list.pollFirst()).isSameAs(dispatch);
        }
        DispatchList empty = new DispatchList();
        other.addLast(due(1));
        empty.addAllLast(other);
        assertThat(empty.size()).isEqualTo(1);
        assertThat(empty.pollFirst()).isNotNull();
    }

    @Test
    void a_list_by_due_time_stays_sorted_when_times_come_in_any_order() {
        // Given
        long seed = 42;
        Random random = new Random(seed);
        DispatchList list = new DispatchList();
        List<Dispatch> members = new ArrayList<>();

        // When
        for (int i = 0; i < 1000; i++) {
            if (random.nextInt(4) == 0 && !members.isEmpty()) {
                list.remove(members.remove(random.nextInt(members.size())));
            } else {
                // Around the overflow of a long, where System.nanoTime may be at any time.
                Dispatch added = due(Long.MAX_VALUE - 50 + random.nextInt(100));
                members.add(added);
                list.addByDueTime(added);
            }
        }

        // Then
        assertThat(list.size()).isEqualTo(members.size());
        Dispatch before = list.pollFirst();
        while (before != null) {
            Dispatch next = list.pollFirst();
            if (next != null) {
                assertThat(next.dueNanos - before.dueNanos).as("seed %d", seed).isNotNegative();
            }
            before = next;
        }
    }

    @Test
    void a_retry_queue_gives_the_earliest_when_its_time_has_come() {
        // Given
        RetryQueue queue = new RetryQueue();
        Dispatch late = due(Long.MIN_VALUE + 10);
        Dispatch early = due(Long.MAX_VALUE - 10);
        queue.add(late);
        queue.add(early);

        // Then
        assertThat(queue.pollDue(Long.MAX_VALUE - 11)).isNull();
        assertThat(queue.pollDue(Long.MAX_VALUE)).isSameAs(early);
        assertThat(queue.pollDue(Long.MAX_VALUE)).isNull();
        assertThat(queue.pollDue(Long.MIN_VALUE + 10)).isSameAs(late);
        assertThat(queue.size()).isZero();
    }

    @Test
    void a_retry_queue_works_on_after_it_gave_its_memory_back() {
        // Given
        RetryQueue queue = new RetryQueue();
        for (int i = 0; i < 5000; i++) {
            queue.add(due(i));
        }

        // When
        assertThat(queue.drain()).hasSize(5000);
        queue.add(due(7));

        // Then
        assertThat(queue.size()).isEqualTo(1);
        assertThat(queue.pollDue(7)).isNotNull();
    }
}
